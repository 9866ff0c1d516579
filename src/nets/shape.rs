//! Shapes of values and parts of them, and why an operation does not fit the shapes that it reads.

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

/// Why an operation does not fit what it reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Another number of inputs.
    #[error("it reads {found} values, not {wanted}")]
    Inputs {
        /// How many it reads.
        found: usize,
        /// How many it needs, in words.
        wanted: &'static str,
    },
    /// A number out of its range.
    #[error("its {what} is {found}, not {range}")]
    Number {
        /// Which number.
        what: &'static str,
        /// The number.
        found: String,
        /// Its range.
        range: &'static str,
    },
    /// Groups that do not divide the channels.
    #[error("{groups} groups do not divide {channels} channels")]
    Groups {
        /// The groups.
        groups: usize,
        /// The channels.
        channels: usize,
    },
    /// A kernel larger than the padded input.
    #[error("its kernel is larger than the padded input of {input}")]
    Kernel {
        /// Shape of the input.
        input: Shape,
    },
    /// A pooling that has windows of padding only.
    #[error("its padding is more than half of its kernel")]
    Padding,
    /// Inputs of unlike shapes.
    #[error("its inputs of {first} and {second} do not go together")]
    Shapes {
        /// Shape of the first input.
        first: Shape,
        /// Shape of the other one.
        second: Shape,
    },
    /// A reshape to another number of values.
    #[error("{from} and {to} do not have equally many values")]
    Reshape {
        /// Shape of the input.
        from: Shape,
        /// The shape asked for.
        to: Shape,
    },
    /// Constants for another number of channels.
    #[error("it has {found} constants for {channels} channels")]
    Constants {
        /// How many constants.
        found: usize,
        /// How many channels.
        channels: usize,
    },
    /// A result that is empty or too large.
    #[error("its result would have more values than a network may have")]
    Large,
}
