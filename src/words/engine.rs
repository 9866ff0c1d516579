use super::{Reader, pack, spec};
use crate::{
    ascent::BatchError,
    engine::{
        EngineError,
        protocol::{Hardware, Uncompiled},
    },
};

/// What went wrong in the engine.
pub fn engine<R: Reader>(error: &EngineError) -> String {
    match error {
        EngineError::Pack(error) => pack::<R>(error),
        EngineError::Spec(error) => spec(error),
        EngineError::Batch(error) => batch(error),
        EngineError::Steps => "Runs side by side have to take the same number of steps.".into(),
        EngineError::NoGradient { step } => format!(
            "The ascent stopped at step {step}: the neuron does not answer to any change of the code (its gradient is 0), \
             so there is no way up from here. Try another seed or another start."
        ),
        EngineError::NotANumber { step } => format!(
            "The ascent stopped at step {step}: the gradient is not a number, so the last picture is kept as it is. \
             Try a smaller learning rate or the CPU engine; if it happens again, the weights are damaged."
        ),
        EngineError::NoGraphics(lack) => R::no_graphics(lack),
        EngineError::Renewed => R::renewed(),
        EngineError::DeviceLost { reason } => R::lost(reason),
        EngineError::Animation { reason } => format!("The animation could not be made: {reason}."),
        EngineError::NoCode { step } => {
            format!("There is no code of step {step}: nothing has been drawn in it. Press Run, and ask again.")
        }
        EngineError::Readback { reason } => R::unread(reason),
    }
}

/// Why runs cannot begin together.
fn batch(error: &BatchError) -> String {
    match error {
        BatchError::Differ => "Runs in one batch have to agree on everything but units, seed and start.".into(),
        BatchError::OtherClassifier => "The run is for another classifier than the one that is loaded.".into(),
        BatchError::NoEncoder => "The run needs the encoder of the code, which is not loaded.".into(),
        BatchError::NoNatural => {
            "The run needs patches or mean images that are not there for that unit. Choose another start.".into()
        }
        BatchError::NoImage => "The run starts from an image. Choose one, or another start.".into(),
        BatchError::NoLast => {
            "There is no result yet to start from. Choose another start, and this one from the second run on.".into()
        }
        BatchError::OtherLast => {
            "The last result cannot be started from: one of the two runs has a generator and climbs its code, the other \
             climbs pixels. Choose another start."
                .into()
        }
        BatchError::Memory { needed, most } => format!(
            "These runs need about {} MB of memory together, and no more than {} MB are given. Run fewer seeds or units at \
             once.",
            needed / 1_000_000,
            most / 1_000_000
        ),
    }
}

/// On what an engine computes.
pub fn hardware(hardware: &Hardware) -> String {
    match hardware {
        Hardware::Wasm(1) => "this computer’s processor (WebAssembly SIMD)".into(),
        Hardware::Wasm(threads) => format!("this computer’s processor (WebAssembly SIMD, {threads} threads)"),
        Hardware::Threads(1) => "this computer’s processor (one thread)".into(),
        Hardware::Threads(threads) => format!("this computer’s processor ({threads} threads)"),
        Hardware::Adapter(name) => adapter(name).into(),
    }
}

/// Why steps are not compiled for a graphics processor, as a part of a sentence.
pub fn uncompiled(why: &Uncompiled) -> String {
    match why {
        Uncompiled::Imitated => "a graphics processor that is imitated in software is faster without".into(),
        Uncompiled::Pixels => "pixels are climbed, and not a code".into(),
        Uncompiled::Operation(operation) => format!("there is no kernel for the operation {operation}"),
        Uncompiled::Large => "a layer is larger than what a graphics processor takes in one piece".into(),
        Uncompiled::Memory => "the graphics processor has no memory for it".into(),
        Uncompiled::Refused(said) => format!("the graphics processor refused it ({})", said.trim()),
        Uncompiled::Unplanned => "there is no plan for how its networks are joined".into(),
    }
}

/// A graphics adapter by name.
pub fn adapter(name: &str) -> &str {
    if name.is_empty() { "an adapter without a name" } else { name }
}
