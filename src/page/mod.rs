//! The page: a person picks a neuron, and a picture grows.
//!
//! It builds a [`RunSpec`](crate::spec::RunSpec), sends it to the engine in its worker, and draws the frames that come
//! back; no tensor appears here. [`state`] is what the page knows, [`actions`] what changes it, [`worker`] and
//! [`frames`] the way to the engine and back, [`asking`] questions to it, [`site`] the rest of the browser, `view` what a
//! person sees. What can be thought about without a browser is in modules of its own, which are tested on any machine:
//! [`curve`], [`neurons`], [`progress`], [`rows`], [`settings`] and, for all that is said to people, [`words`].

pub mod curve;
pub mod neurons;
pub mod progress;
pub mod rows;
pub mod settings;
pub mod words;

#[cfg(feature = "page")]
pub mod actions;
#[cfg(feature = "page")]
pub mod asking;
#[cfg(feature = "page")]
pub mod beside;
#[cfg(feature = "page")]
pub mod dropped;
#[cfg(feature = "page")]
pub mod frames;
#[cfg(feature = "page")]
pub mod gallery;
#[cfg(feature = "page")]
pub mod opening;
#[cfg(feature = "page")]
pub mod own_image;
#[cfg(feature = "page")]
pub mod picking;
#[cfg(feature = "page")]
pub mod pixels;
#[cfg(feature = "page")]
pub mod ranking;
#[cfg(feature = "page")]
pub mod saving;
#[cfg(feature = "page")]
pub mod site;
#[cfg(feature = "page")]
pub mod state;
#[cfg(feature = "page")]
mod view;
#[cfg(feature = "page")]
pub mod worker;

#[cfg(feature = "page")]
pub use view::App;
