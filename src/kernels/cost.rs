//! What a launch costs at least, whoever runs it: for tables beside measured times.

use super::{
    ops::{Kernel, Task},
    plan::Plan,
    values::{Operand, Refusal},
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
    /// Multiplications of a sum of products: with a kernel that sees nothing at the edges they are fewer.
    pub multiplications: usize,
    /// Bytes that are read and written, each once.
    pub bytes: usize,
}

impl Plan {
    /// What each launch costs at least, in their order.
    ///
    /// # Errors
    /// Those of [`programs`](Self::programs).
    pub fn costs(&self) -> Result<Vec<Cost>, Refusal> {
        let programs = self.programs()?;
        let numbers = |operand: &Operand| match operand {
            Operand::Value(value) => self.numbers(*value),
            Operand::Array(array) => self.arrays()[array.0].values(),
        };
        let costs = self.launches().iter().zip(&programs).map(|(launch, program)| {
            let (task, is_back, each) = launch.task.cost();
            let values = program.reads.iter().map(numbers).sum::<usize>() + self.numbers(launch.result);
            Cost {
                name: launch.name.clone(),
                task,
                is_back,
                multiplications: each * self.batch(),
                bytes: values * size_of::<f32>(),
            }
        });
        Ok(costs.collect())
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

    fn multiplications(&self, is_back: bool) -> usize {
        match self {
            Self::Convolution(op) => op.multiplications(is_back),
            Self::Depthwise(op) => op.kernel[0] * op.kernel[1] * op.output.values().unwrap_or_default(),
            Self::Linear(op) => op.units * op.inputs,
            _ => 0,
        }
    }
}
