//! The part of the ONNX schema that is read: messages of Protocol Buffers by the field numbers of `onnx.proto`
//! (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>), IR versions 3 to 12. Fields that are not named here are skipped.

use crate::import::Damage;
use prost::{
    Message,
    bytes::{Buf, Bytes},
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

/// A model.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    pub opsets: Vec<Opset>,
    #[prost(message, repeated, tag = "14")]
    pub metadata: Vec<Entry>,
}

/// Version of a set of operators.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Opset {
    #[prost(string, tag = "1")]
    pub domain: String,
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A pair of texts.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Entry {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A graph.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    pub initializers: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    pub inputs: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    pub outputs: Vec<ValueInfo>,
}

/// An operation.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub outputs: Vec<String>,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub kind: String,
    #[prost(message, repeated, tag = "5")]
    pub attributes: Vec<Attribute>,
    #[prost(string, tag = "7")]
    pub domain: String,
}

/// A named value of an operation.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attribute {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(float, tag = "2")]
    pub float: f32,
    #[prost(int64, tag = "3")]
    pub int: i64,
    #[prost(bytes = "bytes", tag = "4")]
    pub text: Bytes,
    #[prost(message, optional, tag = "5")]
    pub tensor: Option<Tensor>,
    #[prost(float, repeated, tag = "7")]
    pub floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    pub ints: Vec<i64>,
}

/// Numbers.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    pub dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub kind: i32,
    #[prost(float, repeated, tag = "4")]
    pub floats: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub ints: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    pub longs: Vec<i64>,
    #[prost(string, tag = "8")]
    pub name: String,
    #[prost(bytes = "bytes", tag = "9")]
    pub raw: Bytes,
    #[prost(double, repeated, tag = "10")]
    pub doubles: Vec<f64>,
    #[prost(int32, tag = "14")]
    pub location: i32,
}

/// An input or output of a graph.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ValueInfo {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub kind: Option<Kind>,
}

/// Its type.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Kind {
    #[prost(message, optional, tag = "1")]
    pub tensor: Option<TensorKind>,
}

/// The type of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorKind {
    #[prost(int32, tag = "1")]
    pub element: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Dims>,
}

/// Its sides.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dims {
    #[prost(message, repeated, tag = "1")]
    pub dims: Vec<Dim>,
}

/// A side; 0 where it is open.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dim {
    #[prost(int64, tag = "1")]
    pub value: i64,
}

/// Most messages and texts of one file. Each takes up to hundreds of bytes in memory, and two in the file.
const MOST_PARTS: usize = 1 << 18;
/// Most bytes of a row of whole numbers, each of which takes one byte at least, and eight in memory.
const LONGEST_ROW: usize = 1 << 24;
/// Most messages within one another that are followed.
const DEEPEST: usize = 8;

/// What may be told of a file without decoding it: which fields are messages, whose parts are counted too.
#[derive(Clone, Copy)]
enum Part {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Info,
    Kind,
    TensorKind,
    Dims,
    /// Nothing of it is looked at.
    Closed,
}

impl Part {
    fn field(self, tag: u32) -> Self {
        match (self, tag) {
            (Self::Model, 7) => Self::Graph,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph | Self::Attribute, 5) => Self::Tensor,
            (Self::Graph, 11 | 12) => Self::Info,
            (Self::Node, 5) => Self::Attribute,
            (Self::Info, 2) => Self::Kind,
            (Self::Kind, 1) => Self::TensorKind,
            (Self::TensorKind, 2) => Self::Dims,
            _ => Self::Closed,
        }
    }
}

/// Reads a model, whose parts are counted before any of them takes memory.
///
/// # Errors
/// [`Damage`].
pub(super) fn decode(bytes: Bytes) -> Result<Model, Damage> {
    let mut left = MOST_PARTS;
    count(bytes.clone(), Part::Model, 0, &mut left)?;
    Model::decode(bytes).map_err(damage)
}

fn count(mut bytes: Bytes, part: Part, depth: usize, left: &mut usize) -> Result<(), Damage> {
    if depth > DEEPEST {
        return Err(Damage::Deep);
    }
    while bytes.has_remaining() {
        let (tag, kind) = decode_key(&mut bytes).map_err(damage)?;
        *left = left.checked_sub(1).ok_or(Damage::Parts)?;
        if kind != WireType::LengthDelimited {
            skip_field(kind, tag, &mut bytes, DecodeContext::default()).map_err(damage)?;
            continue;
        }
        let length = decode_varint(&mut bytes).map_err(damage)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= bytes.remaining());
        let inner = bytes.split_to(length.ok_or(Damage::Short)?);
        let is_row = matches!((part, tag), (Part::Tensor, 1 | 5 | 7) | (Part::Attribute, 8));
        if is_row && inner.len() > LONGEST_ROW {
            return Err(Damage::Parts);
        }
        match part.field(tag) {
            Part::Closed => {}
            open => count(inner, open, depth + 1, left)?,
        }
    }
    Ok(())
}

fn damage(error: prost::DecodeError) -> Damage {
    Damage::Protobuf { said: error.to_string() }
}
