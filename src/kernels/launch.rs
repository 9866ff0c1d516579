//! What a plan is made of: values, arrays, and the launches of kernels that make the one from the other.

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

/// One kernel, launched once.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// The node that it computes or goes back through.
    pub name: String,
    /// Its program in WGSL: entry point `main`, what it reads at the bindings 0, 1, … of group 0, its result at the next.
    pub source: String,
    /// Workgroups.
    pub groups: [u32; 3],
    /// What it reads.
    pub reads: Vec<Operand>,
    /// What it writes.
    pub result: Value,
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

impl Scaled {
    /// Multiplies weights by their factors.
    pub fn apply(&self, weights: &mut [f32]) {
        for (run, factor) in weights.chunks_mut(self.inner.max(1)).zip(self.factors.iter().cycle()) {
            run.iter_mut().for_each(|weight| *weight *= factor);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_go_to_the_weights_of_their_channels() {
        // [2 units, 2 channels of 3 places].
        let mut weights = vec![1.0; 12];
        Scaled { factors: vec![2.0, 3.0], inner: 3 }.apply(&mut weights);
        assert_eq!(weights, [2., 2., 2., 3., 3., 3., 2., 2., 2., 3., 3., 3.]);
    }
}
