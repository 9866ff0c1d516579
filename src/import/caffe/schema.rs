//! The part of Caffe's schema that is read of files of weights: messages of Protocol Buffers by the field numbers of
//! `caffe.proto` (<https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto>). Fields that are not named here are
//! skipped; what the layers compute stands in the `.prototxt`.

use prost::{
    Message,
    bytes::{Buf, Bytes},
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

use crate::import::Damage;

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

/// Most messages and texts of one file. Each takes up to a hundred bytes in memory, and two in the file.
const MOST_PARTS: usize = 1 << 16;
/// Most bytes of a row of sides, each of which takes one byte at least, and eight in memory.
const LONGEST_ROW: usize = 1 << 10;
/// Most messages within one another that are followed.
const DEEPEST: usize = 8;

/// What may be told of a file without decoding it: which fields are messages, whose parts are counted too.
#[derive(Clone, Copy)]
enum Part {
    Net,
    Layer,
    Old,
    Oldest,
    Blob,
    Sides,
    /// Nothing of it is looked at.
    Closed,
}

impl Part {
    fn field(self, tag: u32) -> Self {
        match (self, tag) {
            (Self::Net, 2) => Self::Old,
            (Self::Net, 100) => Self::Layer,
            (Self::Old, 1) => Self::Oldest,
            (Self::Blob, 7) => Self::Sides,
            (Self::Layer, 7) | (Self::Old, 6) | (Self::Oldest, 50) => Self::Blob,
            _ => Self::Closed,
        }
    }
}

/// Reads a network's weights, whose parts are counted before any of them takes memory.
///
/// # Errors
/// [`Damage`].
pub(super) fn net(bytes: Vec<u8>) -> Result<Net, Damage> {
    let bytes = Bytes::from(bytes);
    count(bytes.clone(), Part::Net, 0, &mut { MOST_PARTS })?;
    Net::decode(bytes).map_err(damage)
}

/// Reads an array by itself, as files of mean images are.
///
/// # Errors
/// [`Damage`].
pub(super) fn blob(bytes: Vec<u8>) -> Result<Blob, Damage> {
    let bytes = Bytes::from(bytes);
    count(bytes.clone(), Part::Blob, 0, &mut { MOST_PARTS })?;
    Blob::decode(bytes).map_err(damage)
}

fn count(mut bytes: Bytes, part: Part, depth: usize, left: &mut usize) -> Result<(), Damage> {
    if depth > DEEPEST {
        return Err(Damage::Deep);
    }
    while bytes.has_remaining() {
        let (tag, kind) = decode_key(&mut bytes).map_err(damage)?;
        // A number by itself takes no more memory than it takes in the file.
        if !matches!(kind, WireType::ThirtyTwoBit | WireType::SixtyFourBit) {
            *left = left.checked_sub(1).ok_or(Damage::Parts)?;
        }
        if kind != WireType::LengthDelimited {
            skip_field(kind, tag, &mut bytes, DecodeContext::default()).map_err(damage)?;
            continue;
        }
        let length = decode_varint(&mut bytes).map_err(damage)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= bytes.remaining());
        let inner = bytes.split_to(length.ok_or(Damage::Short)?);
        if matches!(part, Part::Sides) && inner.len() > LONGEST_ROW {
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
