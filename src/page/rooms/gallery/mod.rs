//! A layer's units as small pictures: which are drawn next, and which are there.
//!
//! The worker draws them in the order it is given whenever no run goes on: first a sketch of each, so that a whole layer
//! is soon there, then the picture. Scrolling gives it a new order, what is in sight first; what has been drawn is kept
//! for as long as the page has the same pack, classifier and settings.

#[cfg(feature = "page")]
mod fetched;
#[cfg(feature = "page")]
mod room;
pub mod rows;
#[cfg(feature = "page")]
mod view;

#[cfg(feature = "page")]
pub(in crate::page) use fetched::LayerView;
#[cfg(feature = "page")]
pub(in crate::page) use room::Gallery;
#[cfg(feature = "page")]
pub(in crate::page) use view::ShowLayer;
