//! Why a file is no network that can be used.

use super::StateDictError;
use crate::nets::{graph::GraphError, shape::Misfit};

/// Why a file cannot be read as a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum ImportError {
    /// More bytes than are read.
    Large {
        /// How many.
        found: usize,
    },
    /// No ONNX file, or one that is damaged.
    Damaged(Damage),
    /// A version of the operators that is not known.
    Opset {
        /// The version.
        found: i64,
    },
    /// Arrays that lie in other files.
    External {
        /// One of them.
        array: String,
    },
    /// An array that is not what it says.
    Array {
        /// Its name.
        name: String,
        /// What is wrong.
        flaw: Flaw,
    },
    /// Inputs that are not one image: their names and sides, where 0 is an open one.
    Inputs(Vec<(String, Vec<i64>)>),
    /// An image whose height and width are open, so that somebody has to say them.
    Size,
    /// An image of a size that the file has, where another was asked for.
    Fixed {
        /// The file's height, or its width where that differs.
        side: usize,
    },
    /// Several outputs, of which one has to be chosen; none where the list is empty.
    Outputs(Vec<String>),
    /// An output that is not there.
    NoOutput {
        /// Its name.
        name: String,
    },
    /// An output that is no row of features.
    NoFeatures {
        /// Its name.
        name: String,
        /// Its channels, height and width.
        shape: [usize; 3],
    },
    /// Operations that the output needs, and that are not known.
    Unknown {
        /// All of them.
        operations: Vec<Unknown>,
        /// Results before them that can be chosen as output.
        usable: Vec<String>,
    },
    /// A graph that no network can be made from.
    Graph(GraphError),
    /// A state dict that is no network that is known.
    StateDict(StateDictError),
    /// Files of Caffe's that make no network.
    Caffe(CaffeError),
}

/// Why files of Caffe's make no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaffeError {
    /// A file of weights, or of a mean image, that is damaged or none.
    Weights(Damage),
    /// A definition that is not in the text form of Protocol Buffers.
    Definition {
        /// The line at which it stops to be, from 1 on.
        line: usize,
        /// What is wrong there.
        flaw: TextFlaw,
    },
    /// A definition without layers, or with layers as they were in 2013.
    NoLayers,
    /// More layers than any network has.
    Layers {
        /// How many.
        found: usize,
    },
    /// A layer with other arrays in the file of weights than its definition has.
    Arrays {
        /// The layer.
        layer: String,
        /// How many arrays are there.
        found: usize,
        /// How many are needed.
        wanted: usize,
    },
    /// An array with other sides than its layer has.
    Sides {
        /// The layer.
        layer: String,
        /// Its sides.
        found: Vec<usize>,
        /// Those needed.
        wanted: Vec<usize>,
    },
    /// A mean image of other channels than three.
    Mean,
    /// A generator that does not read a code, by the sides of what it reads.
    Code(Vec<i64>),
    /// A generator that draws something else than images in colour, or smaller ones than are asked for.
    Image {
        /// Channels, height and width of what it draws.
        found: [usize; 3],
        /// Height and width asked for.
        wanted: [usize; 2],
    },
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFlaw {
    /// A letter that cannot stand there.
    Letter,
    /// It ends within a field.
    End,
    /// Messages deeper within one another than those of any network.
    Deep,
    /// It is longer, or has more fields, than that of any network.
    Long,
}

/// What is wrong with a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// It does not follow the rules of Protocol Buffers.
    Protobuf {
        /// What the reader said.
        said: String,
    },
    /// A part is longer than what is there.
    Short,
    /// It has more parts than any network.
    Parts,
    /// Its parts lie deeper within one another than those of any network.
    Deep,
    /// It holds no graph.
    NoGraph,
    /// It names no version of ONNX's operators.
    NoOpset,
}

/// What is wrong with an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// A side below 0.
    Negative,
    /// More values than are read.
    Large,
    /// Numbers of a kind that is not known, by its number in ONNX.
    Kind(i32),
    /// Another number of values than its sides make.
    Values {
        /// How many it has.
        found: usize,
        /// How many its sides make.
        wanted: usize,
    },
    /// Values that are infinite or no numbers.
    NotNumbers,
}

/// Which form of an operation is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// None at all.
    Operation,
    /// It is of another set than ONNX's own.
    Domain(String),
    /// An attribute, or an input of that name, has a value that is not known.
    Attribute(&'static str),
    /// What is to be known before anything is computed is no constant.
    NotConstant(&'static str),
    /// It reads numbers only, and nothing that depends on the image.
    OnConstants,
    /// It is by what depends on the image, and not the other way round.
    Image,
    /// It reads too little, or what is not there.
    Reads,
    /// It is along sides, or on sides in an order, that no map of channels, rows and columns has.
    Order,
    /// Its weights are not over rows and columns, or no matrix.
    Rank,
    /// Its numbers are for other channels or values than it reads.
    Channels,
    /// Its padding has no place, or is of other values than zeros.
    Padding,
    /// It reads maps of different sizes.
    Sizes,
    /// It mixes several images.
    Batch,
    /// Its numbers are infinite or none.
    NotFinite,
    /// It does not fit what it reads.
    Misfit(Misfit),
}

/// An operation that is not known, or not in this form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The node's name, or its result's where it has none.
    pub node: String,
    /// The operation.
    pub operation: String,
    /// Which form of it is not known.
    pub form: Form,
}

impl From<GraphError> for ImportError {
    fn from(error: GraphError) -> Self {
        Self::Graph(error)
    }
}

impl From<StateDictError> for ImportError {
    fn from(error: StateDictError) -> Self {
        Self::StateDict(error)
    }
}
