//! Shapes of values and parts of them, and why an operation does not fit the shapes that it reads, or arrays the network.

use serde::{Deserialize, Serialize};

/// Largest side, channel count, kernel or other size that a graph may state; sums of a few stay far below overflow, and
/// products are checked.
pub const MAX_SIZE: usize = 1 << 20;

/// Shape of one value without the batch: a feature map. Features without position are a map of 1×1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Channels, or units.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// A feature map `[channels, height, width]`.
    pub const fn map(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width }
    }

    /// Features without position.
    pub const fn features(units: usize) -> Self {
        Self::map(units, 1, 1)
    }

    /// Number of values, or `None` where it overflows.
    pub fn values(self) -> Option<usize> {
        self.channels.checked_mul(self.height)?.checked_mul(self.width)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}×{}", self.channels, self.height, self.width)
    }
}

/// A rectangle of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Rows above it.
    pub top: usize,
    /// Columns left of it.
    pub left: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// What a number of a network has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// From the first to the second.
    Within(usize, usize),
    /// More than 0, and so much at most.
    UpTo(usize),
    /// Neither infinite nor NaN.
    Finite,
    /// Above 0, and finite.
    Positive,
    /// Above a clip's lower bound, both being finite.
    AboveLow,
    /// Less than the stride.
    BelowStride,
}

/// Why an operation does not fit what it reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum Misfit {
    /// Another number of inputs.
    Inputs {
        /// How many it reads.
        found: usize,
        /// How many it needs at least.
        least: usize,
        /// How many it takes at most.
        most: usize,
    },
    /// A number out of its range.
    Number {
        /// Which field of the operation, as a graph has it, or which side of its input.
        field: &'static str,
        /// The number.
        found: String,
        /// What it has to be.
        bound: Bound,
    },
    /// Groups that do not divide the channels.
    Groups {
        /// The groups.
        groups: usize,
        /// The channels.
        channels: usize,
    },
    /// A kernel larger than the padded input.
    Kernel {
        /// Shape of the input.
        input: Shape,
    },
    /// A pooling that has windows of padding only.
    Padding,
    /// Inputs of unlike shapes.
    Shapes {
        /// Shape of the first input.
        first: Shape,
        /// Shape of the other one.
        second: Shape,
    },
    /// A reshape to another number of values.
    Reshape {
        /// Shape of the input.
        from: Shape,
        /// The shape asked for.
        to: Shape,
    },
    /// Constants for another number of channels.
    Constants {
        /// How many constants.
        found: usize,
        /// How many channels.
        channels: usize,
    },
    /// A result that is empty or too large.
    Large,
}

/// Why arrays do not make the network that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum WeightsError {
    /// An array that the network needs is not there.
    Missing {
        /// Name of the array.
        name: String,
    },
    /// An array of another shape than the network's.
    Shape {
        /// Name of the array.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape needed.
        wanted: Vec<usize>,
    },
    /// Arrays that the network has no place for.
    Superfluous {
        /// The names of the first.
        names: Vec<String>,
        /// How many more there are.
        more: usize,
    },
}
