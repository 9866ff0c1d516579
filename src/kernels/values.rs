//! What a plan is made of: values, arrays, and the programs that make the one from the other.

/// The standard's limit on what a kernel reads or writes at one place, in values: 128 MiB.
pub(super) const MOST_VALUES: usize = (128 << 20) / size_of::<f32>();

/// A value that a launch computes, or that is given: `[batch, channels, height, width]`, written once in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub usize);

/// Numbers that stay the same in all steps, by their place among the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Array(pub usize);

/// What a kernel reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A value.
    Value(Value),
    /// An array.
    Array(Array),
}

/// A kernel for a graphics device.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// The node that it computes or goes back through.
    pub name: String,
    /// In WGSL: entry point `main`, what it reads at the bindings 0, 1, … of group 0, its result at the next. Where it reads
    /// weights, what reads them stands before it, as they lie on the device.
    pub source: String,
    /// Workgroups.
    pub groups: [u32; 3],
    /// What it reads.
    pub reads: Vec<Operand>,
    /// The array that it reads as weights, and how.
    pub weights: Option<(Array, Reads)>,
}

/// How many weights a kernel reads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// One.
    One,
    /// Four that lie one behind the other; a row has a multiple of four.
    Four,
}

/// What one step does with the code and the picture of one image, as it lies on the device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Pixels that the picture is moved by before it is looked at, down and across, round its edges.
    pub offset: [i32; 2],
    /// Factor by which it is enlarged about its middle.
    pub factor: f32,
    /// Step size, in units of the code.
    pub rate: f32,
    /// Factor on the code after the step.
    pub decay: f32,
    /// Weight of the pull to the code of what was drawn.
    pub epsilon1: f32,
    /// Standard deviation of the noise.
    pub epsilon3: f32,
}

/// Nothing is moved, neither picture nor code.
impl Default for Step {
    fn default() -> Self {
        Self { offset: [0; 2], factor: 1.0, rate: 0.0, decay: 1.0, epsilon1: 0.0, epsilon3: 0.0 }
    }
}

impl Step {
    /// How many numbers it takes.
    pub(super) const NUMBERS: usize = dgn_processor::Step::NUMBERS;

    /// As it lies on the device: two vectors of four numbers.
    pub(super) fn numbers(self) -> [f32; Self::NUMBERS] {
        let [down, across] = self.offset.map(|pixels| pixels as f32);
        [down, across, 1.0 / self.factor, self.rate, self.decay, self.epsilon1, self.epsilon3, 0.0]
    }
}

/// What an array holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Contents {
    /// An array of a network's weights.
    Weights {
        /// Which of the chain's links the network is.
        link: usize,
        /// The array's name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// What it is multiplied by before it is used.
        scaled: Option<Scaled>,
    },
    /// Numbers that the plan itself knows.
    Given(Vec<f32>),
}

/// Factors of what a weight is multiplied with, taken into the weight itself: value `i` is multiplied by
/// `factors[i / inner mod number of factors]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaled {
    /// One for each channel.
    pub factors: Vec<f32>,
    /// Weights of one channel behind each other.
    pub inner: usize,
}

impl Contents {
    /// Number of values.
    pub fn values(&self) -> usize {
        match self {
            Self::Weights { shape, .. } => shape.iter().product(),
            Self::Given(values) => values.len(),
        }
    }
}

/// Why there is no plan: whoever else can compute the networks has to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum Refusal {
    /// An operation that there is no kernel for.
    Operation {
        /// The node.
        node: String,
        /// The operation.
        operation: &'static str,
    },
    /// More than the standard's minimum limits allow of a binding or of a launch.
    Large {
        /// The node; empty for a link's own operation and for what the chain reads.
        node: String,
    },
    /// A batch of no images.
    Empty,
    /// A link that does not fit what it reads, by its place.
    Link(usize),
    /// A node that is to be climbed or read, and is not there.
    Missing {
        /// Which link it is looked for in.
        link: usize,
        /// Its name; none for a link's result.
        node: Option<String>,
    },
}
