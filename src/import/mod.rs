//! Networks that others have trained, read from their files: as a graph and its weights.
//!
//! A file is hostile until it is checked: its parts are counted before they take memory, sizes are compared with what is there, and
//! the graph that comes out is checked as any other is. What it holds is data; nothing of it is ever run.

#[cfg(feature = "native")]
pub mod caffe;
mod error;
pub mod onnx;

use std::collections::BTreeMap;

pub use error::{CaffeError, Damage, Flaw, Form, ImportError, TextFlaw, Unknown};

use crate::nets::graph::Graph;

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 1 << 30;

/// Arrays by name: their shapes and values, row by row.
pub type Arrays = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A network that was read.
#[derive(Debug, Clone)]
pub struct Imported {
    /// From an image `[3, height, width]` to features; the last node is its output.
    pub graph: Graph,
    /// All arrays of its nodes.
    pub arrays: Arrays,
    /// Whether a softmax followed the output, which is left out: what is climbed are logits.
    pub is_before_softmax: bool,
    /// What the file itself says of the network, as pairs of texts.
    pub metadata: Vec<(String, String)>,
}

/// What is asked of a file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Height and width of the images, where the file leaves them open.
    pub size: Option<[usize; 2]>,
    /// Which result is the output, by its name in the file; none for its own output, where it has one.
    pub output: Option<String>,
    /// Whether the network takes blue, green and red in this order.
    pub is_bgr: bool,
}
