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
mod scaling;
mod update;

pub(super) use channels::Channels;
pub(super) use convolution::Convolution;
pub(super) use depthwise::Depthwise;
pub(super) use linear::Linear;
pub(super) use motion::Motion;
pub(super) use pooling::{GlobalAverage, Pool};
pub(super) use reduction::Reduction;
pub(super) use resize::{Resize, table};
pub(super) use scaling::Scaling;
pub(super) use update::Update;

use dgn_processor::Map;

use super::{
    epilogue::Epilogue,
    values::{Program, Refusal, Value},
};
use crate::nets::shape::Shape;

/// A shape as the processor's operations have it.
pub(super) fn map(shape: Shape) -> Map {
    let Shape { channels, height, width } = shape;
    Map { height, width, channels }
}

/// What a program is for.
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
    /// What is done before it is.
    pub epilogue: &'a Epilogue,
}

/// What a launch does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Task {
    /// Computes an operation's result from its input.
    Forward(Kernel),
    /// The gradient with respect to an operation's input from that with respect to its result, epilogue apart.
    Gradient(Kernel),
    /// Sums up so many numbers of each image.
    Reduce(Reduction, usize),
    /// Moves codes.
    Update(Update),
}

impl Task {
    /// What it reads beside its source and what its epilogue does.
    pub fn reads(&self, input: Value) -> Vec<Value> {
        match self {
            Self::Forward(kernel) => kernel.steps().into_iter().collect(),
            Self::Gradient(Kernel::MaxPool(_)) => vec![input],
            Self::Gradient(kernel) => kernel.steps().into_iter().collect(),
            Self::Reduce(Reduction::Product(other), _) => vec![*other],
            Self::Reduce(Reduction::MeanMagnitude, _) => Vec::new(),
            Self::Update(update) => update.reads(),
        }
    }

    /// Its program for a graphics device.
    pub fn program(&self, call: Call) -> Result<Program, Refusal> {
        match self {
            Self::Forward(kernel) => kernel.forward(call),
            Self::Gradient(kernel) => kernel.gradient(call),
            Self::Reduce(reduction, numbers) => reduction.program(call, *numbers),
            Self::Update(update) => update.program(call),
        }
    }
}

/// An operation with its numbers and arrays.
#[derive(Debug, Clone, PartialEq)]
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
    /// The program that computes it.
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
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

    /// The program of the gradient with respect to its input from that with respect to its result, epilogue apart.
    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
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

    /// Shapes of its input and its result, where it joins places or channels of them.
    pub fn shapes(&self) -> Option<[Shape; 2]> {
        match self {
            Self::Convolution(op) => Some(op.shapes()),
            Self::Depthwise(op) => Some([op.input, op.output]),
            Self::MaxPool(op) | Self::AveragePool(op) => Some([op.input, op.output]),
            Self::GlobalAverage(op) => Some([op.input, Shape::features(op.input.channels)]),
            Self::Resize(op) => Some([op.input, op.output]),
            Self::Motion(op) => Some([op.shape, op.shape]),
            Self::Linear(_) | Self::Channels(_) => None,
        }
    }

    /// What tells what it does in each step, where that differs.
    fn steps(&self) -> Option<Value> {
        match self {
            Self::Motion(op) => Some(op.steps),
            _ => None,
        }
    }

    /// Whether both gradients are the same.
    pub fn passes_gradient(&self) -> bool {
        matches!(self, Self::Channels(op) if op.passes_gradient())
    }
}
