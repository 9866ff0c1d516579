use serde::{Deserialize, Serialize};

use super::report::Lack;
use crate::{ascent::BatchError, pack::PackError, spec::SpecError};

/// What can go wrong in the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
#[error("{self:?}")]
pub enum EngineError {
    /// The pack cannot be used.
    Pack(#[from] PackError),
    /// The run cannot be what was asked for.
    Spec(#[from] SpecError),
    /// The runs cannot share a batch.
    Batch(#[from] BatchError),
    /// The runs cannot be stepped together.
    Steps,
    /// The gradient vanished.
    NoGradient {
        /// The step, from 1.
        step: u32,
    },
    /// The gradient is not a number.
    NotANumber {
        /// The step, from 1.
        step: u32,
    },
    /// No graphics processor can be used.
    NoGraphics(Lack),
    /// Whoever asks is of another build, or has read of another pack of that name.
    Renewed,
    /// The graphics processor was lost in the middle of something.
    DeviceLost {
        /// What the browser or driver said.
        reason: String,
    },
    /// A moving picture could not be made.
    Animation {
        /// What the encoder said.
        reason: String,
    },
    /// Nothing has been drawn in that step.
    NoCode {
        /// The step, from 1.
        step: u32,
    },
    /// Results could not be read back from a device.
    Readback {
        /// What Burn said.
        reason: String,
    },
}

impl EngineError {
    /// Whether the graphics processor is to blame, so that the next attempt had better use the CPU.
    pub fn is_graphics(&self) -> bool {
        matches!(self, Self::NoGraphics(_) | Self::DeviceLost { .. })
    }
}

impl From<Lack> for EngineError {
    fn from(lack: Lack) -> Self {
        Self::NoGraphics(lack)
    }
}
