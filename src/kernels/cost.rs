//! What a launch costs at least, whoever runs it: for tables beside measured times.

use super::{
    launch::Launch,
    ops::{Kernel, Task},
    plan::Plan,
    values::Array,
};

/// What a launch takes at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The node that it computes or goes back through.
    pub name: String,
    /// What it does.
    pub task: &'static str,
    /// Whether that is a gradient.
    pub is_back: bool,
    /// Multiplications of a sum of products, those with padding too.
    pub multiplications: usize,
    /// Bytes that are read and written, each once, all numbers as floats of four bytes.
    pub bytes: usize,
}

impl Plan {
    /// What each launch costs at least, in their order.
    pub fn costs(&self) -> Vec<Cost> {
        let cost = |launch: &Launch| {
            let (task, is_back, each) = launch.task.cost();
            let values = launch.reads().into_iter().chain([launch.result]).map(|value| self.numbers(value));
            let arrays = launch.task.array().into_iter().chain(launch.epilogue.bias);
            let arrays = arrays.map(|array| self.arrays()[array.0].values());
            Cost {
                name: launch.name.clone(),
                task,
                is_back,
                multiplications: each * self.batch(),
                bytes: values.chain(arrays).sum::<usize>() * size_of::<f32>(),
            }
        };
        self.launches().iter().map(cost).collect()
    }
}

impl Task {
    /// What it does, whether that is a gradient, and how many multiplications it takes an image.
    fn cost(&self) -> (&'static str, bool, usize) {
        match self {
            Self::Forward(kernel) => (kernel.kind(), false, kernel.multiplications(false)),
            Self::Gradient(kernel) => (kernel.kind(), true, kernel.multiplications(true)),
            Self::Reduce(_, numbers) => ("sum", false, *numbers),
            Self::Update(_) => ("update", false, 0),
        }
    }

    /// The array that it reads.
    fn array(&self) -> Option<Array> {
        match self {
            Self::Forward(kernel) | Self::Gradient(kernel) => kernel.array(),
            Self::Reduce(..) => None,
            Self::Update(update) => update.upper,
        }
    }
}

impl Kernel {
    fn kind(&self) -> &'static str {
        match self {
            Self::Convolution(_) => "convolution",
            Self::Depthwise(_) => "depthwise",
            Self::Linear(_) => "linear",
            Self::MaxPool(_) => "max pool",
            Self::AveragePool(_) => "average pool",
            Self::GlobalAverage(_) => "global average",
            Self::Resize(_) => "resize",
            Self::Motion(_) => "motion",
            Self::Channels(_) => "channels",
        }
    }

    /// The array that it reads.
    fn array(&self) -> Option<Array> {
        match self {
            Self::Convolution(op) => Some(op.weight()),
            Self::Depthwise(op) => Some(op.weight),
            Self::Linear(op) => Some(op.weight),
            Self::Resize(op) => Some(op.table),
            Self::Channels(op) => op.scale,
            Self::MaxPool(_) | Self::AveragePool(_) | Self::GlobalAverage(_) | Self::Motion(_) => None,
        }
    }

    fn multiplications(&self, is_back: bool) -> usize {
        match self {
            Self::Convolution(op) => op.multiplications(is_back),
            Self::Depthwise(op) => op.kernel[0] * op.kernel[1] * op.output.values().unwrap_or_default(),
            Self::Linear(op) => op.units * op.inputs,
            _ => 0,
        }
    }
}
