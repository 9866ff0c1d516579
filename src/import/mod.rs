//! Networks that others have trained, read from their files: as a graph and its weights.
//!
//! A file is hostile until it is checked: its parts are counted before they take memory, sizes are compared with what is there, and
//! the graph that comes out is checked as any other is. What it holds is data; nothing of it is ever run.

//!
//! What a person can say of a file ([`Pixels`]) is in every build, as the page asks for it; what reads files is in the command
//! line and in the importer, the page's program for that.

#[cfg(feature = "native")]
pub mod caffe;
#[cfg(any(feature = "native", feature = "importer"))]
mod error;
#[cfg(any(feature = "native", feature = "importer"))]
mod kind;
#[cfg(any(feature = "native", feature = "importer"))]
pub mod labels;
#[cfg(any(feature = "native", feature = "importer"))]
mod names;
#[cfg(any(feature = "native", feature = "importer"))]
pub mod onnx;
mod pixels;
#[cfg(any(feature = "native", feature = "importer"))]
mod state_dict;
#[cfg(any(feature = "native", feature = "importer"))]
pub mod torchvision;
#[cfg(any(feature = "native", feature = "importer"))]
mod wire;

use std::collections::BTreeMap;

#[cfg(any(feature = "native", feature = "importer"))]
pub use error::{CaffeError, Damage, Flaw, Form, ImportError, TextFlaw, Unknown};
#[cfg(any(feature = "native", feature = "importer"))]
pub use kind::{Kind, kind_of};
pub use pixels::Pixels;
#[cfg(any(feature = "native", feature = "importer"))]
pub use state_dict::{Breakage, Family, StateDictError};

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
    /// Whether the output was a map, whose channels' means now stand for it.
    pub is_averaged: bool,
    /// Whether a softmax followed the output, which is left out: what is climbed are logits.
    pub is_before_softmax: bool,
    /// What the file itself says of the network, and what it was recognised as, as pairs of texts.
    pub metadata: Vec<(String, String)>,
}

impl Imported {
    /// What the file itself says under a key.
    pub fn said(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(known, _)| known == key).map(|(_, text)| text.as_str())
    }
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

/// Reads a network of whichever kind the file is.
///
/// # Errors
/// [`ImportError`].
#[cfg(any(feature = "native", feature = "importer"))]
pub fn read(bytes: Vec<u8>, options: &Options) -> Result<Imported, ImportError> {
    match kind_of(&bytes) {
        Kind::Onnx => onnx::read(bytes, options),
        kind @ (Kind::Zip | Kind::Pickle | Kind::Safetensors) => torchvision::read(bytes, kind, options),
    }
}
