//! Networks as Burn modules, and the plain data that says which network a pack holds.
//!
//! A network is made from its configuration and its [`weights`]: `XConfig::init(&mut weights, &device)` takes the arrays it
//! needs by name and refuses any that is missing or of another shape, so that a network never exists half filled.
//! Networks here know nothing of files, of browsers, or of what they are used for. [`config`] holds no tensors and is
//! in every build; the rest needs the feature `networks`.

pub mod config;
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
