//! The part of Caffe's schema that is read of files of weights: messages of Protocol Buffers by the field numbers of
//! `caffe.proto` (<https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto>). Fields that are not named here are
//! skipped; what the layers compute stands in the `.prototxt`.

use prost::Message;

use crate::import::{Damage, wire};

/// A network's weights: layers as they are now, or as they were until 2014 (`layers`).
#[derive(Clone, PartialEq, Message)]
pub(super) struct Net {
    #[prost(message, repeated, tag = "2")]
    pub old: Vec<OldLayer>,
    #[prost(message, repeated, tag = "100")]
    pub layers: Vec<Layer>,
}

/// A layer.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Layer {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "7")]
    pub blobs: Vec<Blob>,
}

/// A layer of `layers`, which before 2014 had its name and arrays in a layer of its own.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OldLayer {
    #[prost(message, optional, tag = "1")]
    pub oldest: Option<OldestLayer>,
    #[prost(string, tag = "4")]
    pub name: String,
    #[prost(message, repeated, tag = "6")]
    pub blobs: Vec<Blob>,
}

/// A layer within a layer of 2013.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OldestLayer {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "50")]
    pub blobs: Vec<Blob>,
}

/// Numbers, whose four sides stand in fields of their own in older files.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Blob {
    #[prost(int32, tag = "1")]
    pub num: i32,
    #[prost(int32, tag = "2")]
    pub channels: i32,
    #[prost(int32, tag = "3")]
    pub height: i32,
    #[prost(int32, tag = "4")]
    pub width: i32,
    #[prost(float, repeated, tag = "5")]
    pub floats: Vec<f32>,
    #[prost(message, optional, tag = "7")]
    pub shape: Option<Sides>,
    #[prost(double, repeated, tag = "8")]
    pub doubles: Vec<f64>,
}

/// The sides of numbers.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Sides {
    #[prost(int64, repeated, tag = "1")]
    pub dims: Vec<i64>,
}

impl Blob {
    /// Its sides; none where one is below 0.
    pub fn sides(&self) -> Option<Vec<usize>> {
        let side = |side: i64| usize::try_from(side).ok();
        match &self.shape {
            Some(shape) => shape.dims.iter().map(|dim| side(*dim)).collect(),
            None => {
                [self.num, self.channels, self.height, self.width].iter().map(|dim| side(i64::from(*dim))).collect()
            }
        }
    }

    /// Its numbers, which it has no longer.
    pub fn take(&mut self) -> Vec<f32> {
        match self.doubles.is_empty() {
            true => std::mem::take(&mut self.floats),
            false => std::mem::take(&mut self.doubles).into_iter().map(|value| value as f32).collect(),
        }
    }
}

/// What may be told of a file without decoding it: which fields are messages, whose parts are counted too.
#[derive(Clone, Copy)]
enum Part {
    Net,
    Layer,
    Old,
    Oldest,
    Blob,
    Sides,
}

impl wire::Part for Part {
    const MOST_PARTS: usize = 1 << 16;
    const LONGEST_ROW: usize = 1 << 10;

    fn field(self, tag: u32) -> Option<Self> {
        match (self, tag) {
            (Self::Net, 2) => Some(Self::Old),
            (Self::Net, 100) => Some(Self::Layer),
            (Self::Old, 1) => Some(Self::Oldest),
            (Self::Blob, 7) => Some(Self::Sides),
            (Self::Layer, 7) | (Self::Old, 6) | (Self::Oldest, 50) => Some(Self::Blob),
            _ => None,
        }
    }

    fn is_row(self, _: u32) -> bool {
        matches!(self, Self::Sides)
    }
}

/// Reads a network's weights.
///
/// # Errors
/// [`Damage`].
pub(super) fn net(bytes: Vec<u8>) -> Result<Net, Damage> {
    wire::decode(bytes.into(), Part::Net)
}

/// Reads an array by itself, as files of mean images are.
///
/// # Errors
/// [`Damage`].
pub(super) fn blob(bytes: Vec<u8>) -> Result<Blob, Damage> {
    wire::decode(bytes.into(), Part::Blob)
}
