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
pub(in crate::nets) use check::start_of;
#[cfg(feature = "networks")]
pub use network::{Network, Outputs};

pub use super::shape::{MAX_SIZE, Misfit, Shape};

use super::{layer::LayerKind, ops::Op};

/// What the graph's own input is called among the inputs of nodes.
pub const INPUT: &str = "input";
/// What the node is called that stands between larger images and a network, see [`Graph::check_behind`]. It is known by its
/// place, [`Checked::view`], and not by this name, which a graph's own node may have where no view stands before it.
const VIEW: &str = "input/view";
/// Most nodes of one graph.
pub const MAX_NODES: usize = 4096;
/// Most bytes of a node's name.
pub const MAX_NAME: usize = 128;
/// Most values that one network may hold; 160 Mi, 640 MiB of `f32` (the original CaffeNet has 61 M, VGG-16 138 M).
pub const MAX_PARAMETERS: usize = 160 << 20;
/// Most values of all activations of one input together; 128 Mi, 512 MiB of `f32`.
pub const MAX_ACTIVATIONS: usize = 1 << 27;
/// Most values of a convolution's windows, unfolded; 128 Mi, 512 MiB of `f32`.
pub const MAX_WINDOWS: usize = 1 << 27;

/// A network: nodes in an order in which each stands behind those that it reads. The last one is the output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// Shape of the input, which nodes read as [`INPUT`].
    pub input: Shape,
    /// The nodes.
    pub nodes: Vec<Node>,
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
#[error("{self:?}")]
pub enum GraphError {
    /// No node at all.
    Empty,
    /// More nodes than [`MAX_NODES`].
    Nodes {
        /// Their number.
        found: usize,
    },
    /// A name that is empty, too long or not printable. Only its first characters are repeated.
    Name {
        /// The name's first characters.
        start: String,
    },
    /// Two nodes of one name, or one called as the input.
    Twice {
        /// The name.
        name: String,
    },
    /// A node that reads what is not there.
    Missing {
        /// The node.
        node: String,
        /// What it reads.
        input: String,
    },
    /// A node that reads itself or one behind it: out of order, or a circle.
    Circle {
        /// The node.
        node: String,
        /// What it reads.
        input: String,
    },
    /// A view that makes something else of images than the network reads.
    View {
        /// What it makes of them.
        found: Shape,
        /// What the network reads.
        wanted: Shape,
    },
    /// An operation that cannot be applied to what it reads.
    Misfit {
        /// The node.
        node: String,
        /// Why not.
        reason: Misfit,
    },
    /// More parameters than [`MAX_PARAMETERS`].
    Parameters {
        /// The node at which they were too many.
        node: String,
    },
    /// More activations than [`MAX_ACTIVATIONS`].
    Activations {
        /// The node at which they were too many.
        node: String,
    },
    /// A convolution with more than [`MAX_WINDOWS`].
    Windows {
        /// The node.
        node: String,
    },
}

#[cfg(all(test, feature = "networks"))]
mod fuzz;
#[cfg(test)]
mod tests;
