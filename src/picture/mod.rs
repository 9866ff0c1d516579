//! Pictures: plain data in every build, and with the feature `networks` what is made of tensors read back, and
//! with `native` what is read from files.

mod data;
#[cfg(feature = "networks")]
mod encode;
#[cfg(feature = "native")]
mod read;
#[cfg(feature = "native")]
mod sheet;

pub use data::{Guess, Picture, Pixels};
#[cfg(feature = "networks")]
pub use encode::*;
#[cfg(feature = "native")]
pub use read::{MAX_BYTES, ReadError, bytes, fitted};
#[cfg(feature = "native")]
pub use sheet::{cut, decoded, jpeg, noise_ratio, tiled};
