//! A picture of the visitor's to start from: chosen as a file, dropped, pasted, or taken with the camera.
//!
//! Reading a large picture takes seconds, and a browser may ask for a camera for ever; meanwhile a person chooses otherwise.
//! Which answer still counts is decided in [`choices`] and [`camera`], which know no browser.

pub mod camera;
pub mod choices;
#[cfg(feature = "page")]
mod fetched;
#[cfg(feature = "page")]
mod room;
#[cfg(feature = "page")]
mod view;

#[cfg(feature = "page")]
pub(in crate::page) use fetched::Chooser;
#[cfg(feature = "page")]
pub(in crate::page) use room::{OwnImage, begin, is_last, leave, read};
