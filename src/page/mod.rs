//! The page: a person picks a neuron, and a picture grows.
//!
//! It builds a [`RunSpec`](crate::spec::RunSpec), sends it to the engine in its worker, and draws the frames that come
//! back; no tensor appears here. [`root`] is what it knows and what changes that, [`parts`] are views of it, [`rooms`] what
//! else can be done, `app` puts them together, [`browser`] asks for what the browser has, and [`words`] is all that is said
//! to people. What can be thought about without a browser is in files of its own, which are tested on any machine.

pub mod browser;
pub mod parts;
pub mod rooms;
pub mod root;
pub mod words;

#[cfg(feature = "page")]
mod app;

#[cfg(feature = "page")]
pub use app::App;
