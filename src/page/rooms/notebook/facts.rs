//! What is known of a kept picture.

use serde::{Deserialize, Serialize};

/// It, beside the picture itself and what was noted on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// When it was kept, in milliseconds since 1970.
    pub date: f64,
    /// The neuron by name, as it was called then.
    pub neuron: String,
    /// Where that is.
    pub detail: String,
    /// The objective.
    pub activation: f32,
    /// Steps that had been taken.
    pub step: u32,
    /// Steps that the run takes.
    pub steps: u32,
    /// The pack's name.
    pub pack: String,
    /// The run as a query, without its `?`.
    pub run: String,
}
