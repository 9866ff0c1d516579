//! What is done with what an operation has computed before it is stored.

use super::values::{Array, Value};
use crate::nets::ops::Activation;

/// What a kernel does with what it has computed before it is stored, in this order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Epilogue {
    /// Added, channel by channel.
    pub bias: Option<Array>,
    /// Added, value by value.
    pub summand: Option<Value>,
    /// Applied.
    pub activation: Option<Activation>,
    /// Multiplied with.
    pub derivative: Option<Derivative>,
}

/// The derivative of an activation, from what was kept of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Derivative {
    /// The activation.
    pub of: Activation,
    /// Its result, or what it read where that does not tell it; see [`told_by_result`].
    pub kept: Value,
}

/// Whether an activation's result tells its derivative, so that what it read need not be kept.
pub(super) fn told_by_result(activation: Activation) -> bool {
    match activation {
        Activation::LeakyRelu { slope } => slope >= 0.0,
        Activation::Relu
        | Activation::Clip { .. }
        | Activation::Sigmoid
        | Activation::HardSigmoid
        | Activation::Tanh => true,
        Activation::Silu | Activation::HardSwish | Activation::Gelu => false,
    }
}
