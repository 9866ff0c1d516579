//! The kernels: of each operation its numbers, and the launches of its values and of the gradient with respect to what it
//! reads. The WGSL stands beside it.

mod channels;
mod convolution;
mod depthwise;
mod linear;
mod motion;
mod pooling;
mod reduction;
mod resize;
mod update;

pub(super) use channels::Channels;
pub(super) use convolution::Convolution;
pub(super) use depthwise::Depthwise;
pub(super) use linear::Linear;
pub(super) use motion::Motion;
pub(super) use pooling::{GlobalAverage, Pool};
pub(super) use reduction::Reduction;
pub(super) use resize::{Resize, table};
pub(super) use update::Update;

use super::{
    launch::{Launch, Refusal, Value},
    shader::Epilogue,
};

/// What a launch is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// Name of the node.
    pub name: &'a str,
    /// Images at once.
    pub batch: usize,
    /// What is read: the operation's input, or the gradient with respect to its result.
    pub source: Value,
    /// The operation's input.
    pub input: Value,
    /// What is written.
    pub result: Value,
    /// What is done before it is.
    pub epilogue: &'a Epilogue,
}

/// An operation with its numbers and arrays.
#[derive(Debug, Clone)]
pub(super) enum Kernel {
    Convolution(Box<Convolution>),
    Depthwise(Depthwise),
    Linear(Linear),
    MaxPool(Pool),
    AveragePool(Pool),
    GlobalAverage(GlobalAverage),
    Resize(Resize),
    Motion(Motion),
    Channels(Channels),
}

impl Kernel {
    /// The launch that computes it.
    pub fn forward(&self, call: Call) -> Result<Launch, Refusal> {
        match self {
            Self::Convolution(op) => op.forward(call),
            Self::Depthwise(op) => op.forward(call),
            Self::Linear(op) => op.forward(call),
            Self::MaxPool(op) => op.largest(call),
            Self::AveragePool(op) => op.mean(call),
            Self::GlobalAverage(op) => op.forward(call),
            Self::Resize(op) => op.forward(call),
            Self::Motion(op) => op.forward(call),
            Self::Channels(op) => op.forward(call),
        }
    }

    /// The launch of the gradient with respect to its input from that with respect to its result, epilogue apart.
    pub fn gradient(&self, call: Call) -> Result<Launch, Refusal> {
        match self {
            Self::Convolution(op) => op.gradient(call),
            Self::Depthwise(op) => op.gradient(call),
            Self::Linear(op) => op.gradient(call),
            Self::MaxPool(op) => op.largest_gradient(call),
            Self::AveragePool(op) => op.mean_gradient(call),
            Self::GlobalAverage(op) => op.gradient(call),
            Self::Resize(op) => op.gradient(call),
            Self::Motion(op) => op.gradient(call),
            Self::Channels(op) => op.gradient(call),
        }
    }

    /// Whether both gradients are the same.
    pub fn passes_gradient(&self) -> bool {
        matches!(self, Self::Channels(op) if op.passes_gradient())
    }
}
