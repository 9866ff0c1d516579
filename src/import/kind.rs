//! Which kind a file is of.

/// What a file of a network begins like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A zip archive: a checkpoint of PyTorch 1.6 or later.
    Zip,
    /// A pickle: a checkpoint of PyTorch before 1.6.
    Pickle,
    /// Arrays alone, in the format safetensors.
    Safetensors,
    /// Whatever begins like none of the others: an ONNX file, if it is a network at all, as these have no mark of their own.
    Onnx,
}

/// The kind of a file, by its first bytes; whether the rest of it is sound, only its reader knows.
pub fn kind_of(bytes: &[u8]) -> Kind {
    // The header's length, and the brace that the header begins with. Its lowest byte may be that of a pickle.
    let header = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    let is_header = bytes.get(8) == Some(&b'{') && header.is_some_and(|length| length <= bytes.len() as u64);
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        _ if is_header => Kind::Safetensors,
        [0x80, 1..=5, ..] => Kind::Pickle,
        _ => Kind::Onnx,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        assert_eq!(kind_of(b"PK\x03\x04\x00\x00"), Kind::Zip);
        assert_eq!(kind_of(b"\x80\x02\x8a\x0a\x6c\xfc"), Kind::Pickle);
        assert_eq!(kind_of(b"\x02\0\0\0\0\0\0\0{}"), Kind::Safetensors);
        // A header of 128 bytes begins like a pickle.
        let header = [b"\x80\0\0\0\0\0\0\0{".as_slice(), &[b' '; 127]].concat();
        assert_eq!(kind_of(&header), Kind::Safetensors);
        assert_eq!(kind_of(b"\xff\xff\xff\xff\xff\xff\xff\xff{}"), Kind::Onnx);
        assert_eq!(kind_of(b"\x08\x0a\x12\x07pytorch"), Kind::Onnx);
        assert_eq!(kind_of(b""), Kind::Onnx);
    }
}
