//! How integers lie in a file of weights; see [`safetensors`](super::safetensors) for those who read it.

/// Suffix of the name of an array's companion that holds what its integers are multiplied by.
pub(super) const SCALE: &str = ".scale";
/// What is added to an array's name for that of its shape, where the array itself is packed bits.
pub(super) const SHAPE: &str = ".shape";

/// Integers of -32 to 31 as bytes, four in three.
#[cfg(any(feature = "native", feature = "importer", test))]
pub(super) fn packed(integers: &[i8]) -> Vec<u8> {
    let three = |four: &[i8]| {
        let whole = four.iter().rev().fold(0_u32, |whole, &q| whole << 6 | (i32::from(q) + 32) as u32 & 63);
        let [a, b, c, _] = whole.to_le_bytes();
        [a, b, c]
    };
    integers.chunks(4).flat_map(three).collect()
}
