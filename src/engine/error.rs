use super::protocol::Lack;
use crate::{ascent::BatchError, pack::PackError, spec::SpecError};

/// What can go wrong in the engine. Each message is a sentence for people that says what happened and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// The pack cannot be used.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The run cannot be what was asked for.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The runs cannot share a batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The runs cannot be stepped together.
    #[error("Runs side by side have to take the same number of steps.")]
    Steps,
    /// The gradient vanished.
    #[error(
        "The ascent stopped at step {step}: the neuron does not answer to any change of the code (its gradient is 0), \
         so there is no way up from here. Try another seed or another start."
    )]
    NoGradient {
        /// The step, from 1.
        step: u32,
    },
    /// The gradient is not a number.
    #[error(
        "The ascent stopped at step {step}: the gradient is not a number, so the last picture is kept as it is. \
         Try a smaller learning rate or the CPU engine; if it happens again, the weights are damaged."
    )]
    NotANumber {
        /// The step, from 1.
        step: u32,
    },
    /// No graphics processor can be used. Why is said by those who speak to people.
    #[error("No graphics processor can be used.")]
    NoGraphics(Lack),
    /// The pack has other weights than those that the page has read of. Why is said by the page.
    #[error("The pack has been replaced by another.")]
    Renewed,
    /// The graphics processor was lost in the middle of something.
    #[error(
        "The graphics processor was lost ({reason}). Nothing that was drawn is lost; press Run to go on with the CPU \
         engine, or reload the page to try WebGPU again."
    )]
    DeviceLost {
        /// What the browser or driver said.
        reason: String,
    },
    /// A moving picture could not be made.
    #[error("The animation could not be made: {reason}.")]
    Animation {
        /// What the encoder said.
        reason: String,
    },
    /// Nothing has been drawn in that step.
    #[error("There is no code of step {step}: nothing has been drawn in it. Press Run, and ask again.")]
    NoCode {
        /// The step, from 1.
        step: u32,
    },
    /// Results could not be read back from a device.
    #[error("The engine could not read its results: {reason}. Press Run to try again.")]
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
