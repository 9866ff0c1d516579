//! Networks as graphs on Burn, and the plain data that says which network a pack holds.
//!
//! [`builders`] write an architecture as a [`graph`] of [`ops`], from which shapes, layers, receptive fields and memory are
//! computed. A network is made from its checked graph and its [`weights`], of which it takes the arrays that it needs by name
//! and refuses any that is missing or of another shape, so that a network never exists half filled.
//! Networks here know nothing of files, of browsers, or of what they are used for. What holds no tensors is in
//! every build; the rest needs the feature `networks`.

pub mod builders;
pub mod config;
pub mod graph;
pub mod layer;
pub mod ops;
pub mod receptive_field;
pub mod shape;

mod error;

#[cfg(feature = "networks")]
mod classifier;
#[cfg(feature = "networks")]
mod generator;
#[cfg(feature = "networks")]
pub mod weights;

pub use error::NetworkError;

#[cfg(feature = "networks")]
pub use classifier::{Classifier, Forward};
#[cfg(feature = "networks")]
pub use generator::Generator;
