//! Parts of the page: views of the [root](super::root) alone. Where others have their place among them, they are handed in.

#[cfg(feature = "page")]
pub(super) mod choice;
#[cfg(feature = "page")]
pub(super) mod controls;
pub mod curve;
#[cfg(feature = "page")]
pub(super) mod finder;
#[cfg(feature = "page")]
pub(super) mod folded;
#[cfg(feature = "page")]
pub(super) mod later;
#[cfg(feature = "page")]
pub(super) mod more;
#[cfg(feature = "page")]
pub(super) mod overlay;
#[cfg(feature = "page")]
pub(super) mod picture;
#[cfg(feature = "page")]
pub(super) mod plot;
#[cfg(feature = "page")]
pub(super) mod readings;
#[cfg(feature = "page")]
pub(super) mod receptive_field;
#[cfg(feature = "page")]
pub(super) mod units;

/// Whether the part that a person opens and closes, and whose event this is, is open now.
#[cfg(feature = "page")]
pub fn is_open(event: &web_sys::Event) -> bool {
    use wasm_bindgen::JsCast;
    let details = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    details.is_some_and(|details| details.has_attribute("open"))
}
