//! A network as data: a static graph of operations, checked once, from which everything else is computed.
//!
//! An architecture as a Rust module has to say its shapes, layers, receptive fields and memory by hand, each in a place of
//! its own. A graph says them once: [`Graph::check`] infers every shape, counts parameters and activations, and refuses
//! whatever no network can be made from, before anything is allocated; [`Checked`] answers the rest. A graph is
//! plain data and may come from a file that anyone has written. The executor is behind the feature `networks`.

mod check;
mod geometry;
#[cfg(feature = "networks")]
mod network;

use serde::{Deserialize, Serialize};

pub use check::Checked;
#[cfg(feature = "networks")]
pub use network::{Network, Outputs};

use super::{layer::LayerKind, ops::Op};

/// What the graph's own input is called among the inputs of nodes.
pub const INPUT: &str = "input";
/// What the node is called that stands between larger images and a network, see [`Graph::behind`].
pub const VIEW: &str = "input/view";
/// Most nodes of one graph.
pub const MAX_NODES: usize = 4096;
/// Most bytes of a node's name.
pub const MAX_NAME: usize = 128;
/// Largest side, channel count, kernel or other size that a graph may state; products of two stay far below overflow.
pub const MAX_SIZE: usize = 1 << 20;
/// Most values that one network may hold; 256 Mi, 1 GiB of `f32` (VGG-16 has 138 M).
pub const MAX_PARAMETERS: usize = 1 << 28;
/// Most values of all activations of one input together; 128 Mi, 512 MiB of `f32`.
pub const MAX_ACTIVATIONS: usize = 1 << 27;
/// Most values of a convolution's windows, unfolded; 128 Mi, 512 MiB of `f32`.
pub const MAX_WINDOWS: usize = 1 << 27;

/// Shape of one value without the batch: a feature map. Features without position are a map of 1×1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Channels, or units.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// A feature map `[channels, height, width]`.
    pub const fn map(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width }
    }

    /// Features without position.
    pub const fn features(units: usize) -> Self {
        Self::map(units, 1, 1)
    }

    /// Number of values, or `None` where it overflows.
    pub fn values(self) -> Option<usize> {
        self.channels.checked_mul(self.height)?.checked_mul(self.width)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}×{}", self.channels, self.height, self.width)
    }
}

/// A network: nodes in an order in which each stands behind those that it reads. The last one is the output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// Shape of the input, which nodes read as [`INPUT`].
    pub input: Shape,
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl Graph {
    /// The network looking at images of another shape through `view`, an operation that brings them to the shape of its own
    /// input. It becomes the first node, [`VIEW`].
    #[must_use]
    pub fn behind(mut self, view: Op, images: Shape) -> Self {
        let inputs = self.nodes.iter_mut().flat_map(|node| &mut node.inputs).filter(|input| *input == INPUT);
        inputs.for_each(|input| VIEW.clone_into(input));
        let view = Node { name: VIEW.to_owned(), op: view, inputs: vec![INPUT.to_owned()], layer: None };
        self.nodes.insert(0, view);
        self.input = images;
        self
    }
}

/// One operation of a graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its name, and the prefix of its arrays in the weights file: `NAME.weight`, `NAME.bias`, …
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Names of the nodes that it reads, or [`INPUT`].
    pub inputs: Vec<String>,
    /// What its units are, where they can be climbed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerKind>,
}

/// Why a graph is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// No node at all.
    #[error("the network has no nodes")]
    Empty,
    /// More nodes than [`MAX_NODES`].
    #[error("the network has {found} nodes, more than {MAX_NODES}")]
    Nodes {
        /// Their number.
        found: usize,
    },
    /// A name that is empty, too long or not printable. Only its first characters are repeated.
    #[error("“{start}” is no name for a node: 1 to {MAX_NAME} printable characters make one")]
    Name {
        /// The name's first characters.
        start: String,
    },
    /// Two nodes of one name, or one called as the input.
    #[error("two nodes are called “{name}”")]
    Twice {
        /// The name.
        name: String,
    },
    /// A node that reads what is not there.
    #[error("“{node}” reads “{input}”, which the network does not have")]
    Missing {
        /// The node.
        node: String,
        /// What it reads.
        input: String,
    },
    /// A node that reads itself or one behind it: out of order, or a circle.
    #[error("“{node}” reads “{input}”, which does not stand before it; a network has no circles")]
    Circle {
        /// The node.
        node: String,
        /// What it reads.
        input: String,
    },
    /// An operation that cannot be applied to what it reads.
    #[error("“{node}” cannot be computed: {reason}")]
    Misfit {
        /// The node.
        node: String,
        /// Why not.
        reason: Misfit,
    },
    /// More parameters than [`MAX_PARAMETERS`].
    #[error("the network has more than {MAX_PARAMETERS} parameters, counted up to “{node}”")]
    Parameters {
        /// The node at which they were too many.
        node: String,
    },
    /// More activations than [`MAX_ACTIVATIONS`].
    #[error("one image takes more than {MAX_ACTIVATIONS} activations, counted up to “{node}”")]
    Activations {
        /// The node at which they were too many.
        node: String,
    },
    /// A convolution with more than [`MAX_WINDOWS`].
    #[error("“{node}” takes more than {MAX_WINDOWS} values beside what it reads and gives")]
    Windows {
        /// The node.
        node: String,
    },
}

/// Why an operation does not fit what it reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Another number of inputs.
    #[error("it reads {found} values, not {wanted}")]
    Inputs {
        /// How many it reads.
        found: usize,
        /// How many it needs, in words.
        wanted: &'static str,
    },
    /// A number out of its range.
    #[error("its {what} is {found}, not {range}")]
    Number {
        /// Which number.
        what: &'static str,
        /// The number.
        found: String,
        /// Its range.
        range: &'static str,
    },
    /// Groups that do not divide the channels.
    #[error("{groups} groups do not divide {channels} channels")]
    Groups {
        /// The groups.
        groups: usize,
        /// The channels.
        channels: usize,
    },
    /// A kernel larger than the padded input.
    #[error("its kernel is larger than the padded input of {input}")]
    Kernel {
        /// Shape of the input.
        input: Shape,
    },
    /// A pooling that has windows of padding only.
    #[error("its padding is more than half of its kernel")]
    Padding,
    /// Inputs of unlike shapes.
    #[error("its inputs of {first} and {second} do not go together")]
    Shapes {
        /// Shape of the first input.
        first: Shape,
        /// Shape of the other one.
        second: Shape,
    },
    /// A reshape to another number of values.
    #[error("{from} and {to} do not have equally many values")]
    Reshape {
        /// Shape of the input.
        from: Shape,
        /// The shape asked for.
        to: Shape,
    },
    /// Constants for another number of channels.
    #[error("it has {found} constants for {channels} channels")]
    Constants {
        /// How many constants.
        found: usize,
        /// How many channels.
        channels: usize,
    },
    /// A result that is empty or too large.
    #[error("its result would have more values than a network may have")]
    Large,
}

#[cfg(all(test, feature = "networks"))]
mod fuzz;
#[cfg(test)]
mod tests;
