//! Networks as Burn modules, and the plain data that says which network a pack holds.
//!
//! A network is made from its configuration and its [`weights`]: `XConfig::init(&mut weights, &device)` takes the arrays it
//! needs by name and refuses any that is missing or of another shape, so that a network never exists half filled.
//! A network that is no module of its own is a [`graph`] of [`ops`], from which shapes, layers and memory are computed.
//! Networks here know nothing of files, of browsers, or of what they are used for. [`config`], [`graph`] and [`ops`] hold no
//! tensors where they are plain data, and are in every build; the rest needs the feature `networks`.

pub mod builders;
pub mod config;
pub mod graph;
pub mod ops;
pub mod receptive_field;

#[cfg(feature = "networks")]
mod caffenet;
#[cfg(feature = "networks")]
mod classifier;
#[cfg(feature = "networks")]
mod generator;
#[cfg(feature = "networks")]
mod layers;
#[cfg(feature = "networks")]
mod resnet;
#[cfg(feature = "networks")]
pub mod weights;

#[cfg(feature = "networks")]
pub use caffenet::CaffeNet;
#[cfg(feature = "networks")]
pub use classifier::{Classifier, Forward};
#[cfg(feature = "networks")]
pub use generator::Generator;
#[cfg(feature = "networks")]
pub use resnet::ResNet;
