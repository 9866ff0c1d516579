//! The browser, as far as the page asks for more of it than leptos does: canvases, the camera, files, what is dropped, the
//! visitor's language, the notebook, the site; and what a file is before the browser is asked to decode it.

#[cfg(feature = "page")]
pub mod camera;
#[cfg(feature = "page")]
pub mod canvas;
#[cfg(feature = "page")]
pub mod channel;
#[cfg(feature = "page")]
pub mod dropped;
#[cfg(feature = "page")]
pub mod files;
pub mod kind;
#[cfg(feature = "page")]
pub mod language;
#[cfg(feature = "page")]
pub mod notebook;
#[cfg(feature = "page")]
pub mod offline;
#[cfg(feature = "page")]
pub mod site;
#[cfg(feature = "page")]
pub mod store;
#[cfg(feature = "page")]
pub mod worker;
