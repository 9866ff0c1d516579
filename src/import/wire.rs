//! Messages of Protocol Buffers, whose parts are counted before any of them takes memory.

use prost::{
    Message,
    bytes::{Buf, Bytes},
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

use super::Damage;

/// Most messages within one another that are followed.
const DEEPEST: usize = 8;

/// What may be told of a message without decoding it: which of its fields are messages, whose parts are counted too.
pub(super) trait Part: Copy {
    /// Most messages, texts and numbers of varying length of one file. Each takes up to hundreds of bytes in memory, and two in
    /// the file.
    const MOST_PARTS: usize;
    /// Most bytes of a row of whole numbers, each of which takes one byte at least, and eight in memory.
    const LONGEST_ROW: usize;

    /// The message that a field is; none where nothing of it is looked at.
    fn field(self, tag: u32) -> Option<Self>;

    /// Whether a field is a row of whole numbers.
    fn is_row(self, tag: u32) -> bool;
}

/// Reads a message that is a part of this kind.
///
/// # Errors
/// [`Damage`].
pub(super) fn decode<M: Message + Default, P: Part>(bytes: Bytes, part: P) -> Result<M, Damage> {
    count(bytes.clone(), part, 0, &mut { P::MOST_PARTS })?;
    M::decode(bytes).map_err(damage)
}

fn count<P: Part>(mut bytes: Bytes, part: P, depth: usize, left: &mut usize) -> Result<(), Damage> {
    if depth > DEEPEST {
        return Err(Damage::Deep);
    }
    while bytes.has_remaining() {
        let (tag, kind) = decode_key(&mut bytes).map_err(damage)?;
        // A number of a fixed length takes no more memory than it takes in the file.
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
        if part.is_row(tag) && inner.len() > P::LONGEST_ROW {
            return Err(Damage::Parts);
        }
        if let Some(open) = part.field(tag) {
            count(inner, open, depth + 1, left)?;
        }
    }
    Ok(())
}

fn damage(error: prost::DecodeError) -> Damage {
    Damage::Protobuf { said: error.to_string() }
}
