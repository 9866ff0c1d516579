//! Pictures: plain data in every build, and with the feature `networks` what is made of tensors read back.

mod data;
#[cfg(feature = "networks")]
mod encode;

pub use data::{Guess, Picture, Pixels};
#[cfg(feature = "networks")]
pub use encode::*;
