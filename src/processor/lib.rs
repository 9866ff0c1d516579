//! The operations of networks and of the ascent's step on the processor, by vectors: forward, and the gradient with respect to
//! what an operation reads.
//!
//! A package of its own, as it is compiled for speed where the rest is compiled for size. It knows neither graphs nor plans:
//! `kernels::processor` of the package that uses it makes a [`Program`] of these operations. All are made once, with their weights
//! laid out for reading them in one go, and then compute any number of times without asking for memory. Both are plain data, so
//! that they can be sent to where there are threads.
//!
//! Values lie `[batch, height, width, channels]`, so that vectors lie along channels whatever the size of a map: each
//! operation reads whole places, and padding is a place of zeros.

#![allow(clippy::needless_range_loop, reason = "rows and columns of small matrices are told by numbers")]

use serde::{Deserialize, Serialize};

mod arithmetic;
mod blend;
mod convolution;
mod depthwise;
mod epilogue;
mod linear;
mod numbers;
mod pooling;
mod product;
mod program;
mod share;
mod update;
mod winograd;

pub use arithmetic::compute_portably;
pub use blend::{Blend, Shares};
pub use convolution::{Convolution, Phase, Plane, Tap};
pub use depthwise::Depthwise;
pub use epilogue::{Activation, Epilogue};
pub use linear::Linear;
pub use pooling::MaxPool;
pub use program::{Beside, Host, Instruction, Machine, Operation, Place, Program};
pub use update::{Codes, Step, channels, mean_magnitude, product, settle, update};
pub use winograd::Winograd;

/// How many threads share the work.
pub fn threads() -> usize {
    share::parts()
}

/// Height, width and channels of a value, without its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Map {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl Map {
    /// How many places it has.
    pub fn places(self) -> usize {
        self.height * self.width
    }

    /// How many numbers it has.
    pub fn values(self) -> usize {
        self.places() * self.channels
    }
}
