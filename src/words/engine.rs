use super::{Reader, pack, say::engine as say, spec};
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
        EngineError::Steps => say::differing_steps().into(),
        EngineError::NoGradient { step } => say::no_gradient(step),
        EngineError::NotANumber { step } => say::not_a_number(step),
        EngineError::NoGraphics(lack) => R::no_graphics(lack),
        EngineError::Renewed => R::renewed(),
        EngineError::DeviceLost { reason } => R::lost(reason),
        EngineError::Animation { reason } => say::no_animation(reason),
        EngineError::NoCode { step } => say::no_code(step),
        EngineError::Readback { reason } => R::unread(reason),
    }
}

/// Why runs cannot begin together.
fn batch(error: &BatchError) -> String {
    let said = match error {
        BatchError::Differ => say::runs_differ(),
        BatchError::OtherClassifier => say::other_classifier(),
        BatchError::NoEncoder => say::no_encoder(),
        BatchError::NoNatural => say::no_natural(),
        BatchError::NoImage => say::no_image(),
        BatchError::NoLast => say::no_last(),
        BatchError::OtherLast => say::other_last(),
        BatchError::Memory { needed, most } => {
            return say::batch_memory(&(needed / 1_000_000), &(most / 1_000_000));
        }
    };
    said.into()
}

/// On what an engine computes.
pub fn hardware(hardware: &Hardware) -> String {
    match hardware {
        Hardware::Wasm(1) => say::wasm_one().into(),
        Hardware::Wasm(threads) => say::wasm_many(threads),
        Hardware::Threads(1) => say::threads_one().into(),
        Hardware::Threads(threads) => say::threads_many(threads),
        Hardware::Adapter(name) => adapter(name).into(),
    }
}

/// Why steps are not compiled for a graphics processor, as a part of a sentence.
pub fn uncompiled(why: &Uncompiled) -> String {
    let said = match why {
        Uncompiled::Imitated => say::imitated(),
        Uncompiled::Pixels => say::climbs_pixels(),
        Uncompiled::Operation(operation) => return say::no_kernel(operation),
        Uncompiled::Large => say::layer_too_large(),
        Uncompiled::Memory => say::no_graphics_memory(),
        Uncompiled::Refused(said) => return say::refused_by_graphics(&said.trim()),
        Uncompiled::Unplanned => say::unplanned(),
    };
    said.into()
}

/// A graphics adapter by name.
pub fn adapter(name: &str) -> &str {
    if name.is_empty() { say::nameless_adapter() } else { name }
}
