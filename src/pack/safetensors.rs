//! From the bytes of a safetensors file to named arrays of `f32`.
//!
//! An array of type I8 has a companion, `NAME.scale`, of type F32 and of its rank, which is 1 in every dimension but one
//! (or in all): the array's values are the integers times the scale, broadcast.
//!
//! An array of type U8 holds integers of 6 bits, four in three bytes, the first in the lowest bits, each the value plus
//! 32. Its own shape stands in a second companion, `NAME.shape`, of type I64; `NAME.scale` is as above.

use half::f16;
use safetensors::{Dtype, SafeTensors};

use super::{PackError, error::FormatError};
use crate::nets::weights::Weights;

/// Suffix of the name of an I8 array's companion.
pub(super) const SCALE: &str = ".scale";
/// What is added to an array's name for that of its shape, where the array itself is packed bits.
pub(super) const SHAPE: &str = ".shape";

/// Reads all arrays of a file as `f32`. The library checks that offsets and shapes agree with the bytes.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Weights, PackError> {
    let wrong = |reason: FormatError| PackError::Format { file: file.to_owned(), reason };
    let tensors =
        SafeTensors::deserialize(bytes).map_err(|error| wrong(FormatError::Syntax { said: error.to_string() }))?;
    let is_companion = |name: &str| {
        let of = |suffix, dtypes: &[Dtype]| {
            let whole = name.strip_suffix(suffix).and_then(|name| tensors.tensor(name).ok());
            whole.is_some_and(|view| dtypes.contains(&view.dtype()))
        };
        of(SCALE, &[Dtype::I8, Dtype::U8]) || of(SHAPE, &[Dtype::U8])
    };
    let mut weights = Weights::default();
    for (name, view) in tensors.iter().filter(|(name, _)| !is_companion(name)) {
        let scaled = |integers: &[i8], shape: &[usize]| {
            let scale = tensors.tensor(&format!("{name}{SCALE}")).ok();
            let scale = scale
                .filter(|scale| scale.dtype() == Dtype::F32)
                .ok_or_else(|| wrong(FormatError::NoScale { name: name.to_owned() }))?;
            let (found, wanted) = (scale.shape(), shape);
            scaled(integers, shape, &floats(scale.data()), found).ok_or_else(|| {
                wrong(FormatError::Scale { name: name.to_owned(), found: found.to_vec(), wanted: wanted.to_vec() })
            })
        };
        let mut shape = view.shape().to_vec();
        let values = match view.dtype() {
            Dtype::F16 => view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Dtype::F32 => floats(view.data()),
            Dtype::I8 => scaled(&view.data().iter().map(|byte| byte.cast_signed()).collect::<Vec<_>>(), &shape)?,
            Dtype::U8 => {
                let own = tensors.tensor(&format!("{name}{SHAPE}")).ok();
                let own = own.filter(|own| own.dtype() == Dtype::I64).and_then(|own| sides(own.data()));
                shape = own.ok_or_else(|| wrong(FormatError::NoShape { name: name.to_owned() }))?;
                let bytes = view.data().len();
                let integers = unpacked(view.data(), &shape)
                    .ok_or_else(|| wrong(FormatError::Bits { name: name.to_owned(), bytes, shape: shape.clone() }))?;
                scaled(&integers, &shape)?
            }
            other => {
                return Err(wrong(FormatError::Kind { name: name.to_owned(), found: format!("{other:?}") }));
            }
        };
        weights.insert(name, shape, values);
    }
    Ok(weights)
}

/// The sides of a shape.
fn sides(bytes: &[u8]) -> Option<Vec<usize>> {
    let sides = bytes.chunks_exact(8).map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]));
    sides.map(|side| usize::try_from(side).ok()).collect()
}

/// The integers of -32 to 31 in bytes that hold four in three, as many as the shape has; `None` for another number.
fn unpacked(bytes: &[u8], shape: &[usize]) -> Option<Vec<i8>> {
    let count = shape.iter().try_fold(1_usize, |count, side| count.checked_mul(*side))?;
    if count.div_ceil(4).checked_mul(3)? != bytes.len() {
        return None;
    }
    let four = |b: &[u8]| {
        let whole = u32::from_le_bytes([b[0], b[1], b[2], 0]);
        [0, 6, 12, 18].map(|shift| (whole >> shift & 63) as i8 - 32)
    };
    let mut integers: Vec<i8> = bytes.chunks_exact(3).flat_map(four).collect();
    integers.truncate(count);
    Some(integers)
}

/// Integers of -32 to 31 as bytes, four in three: the other way round.
#[cfg(any(feature = "native", test))]
pub(super) fn packed(integers: &[i8]) -> Vec<u8> {
    let three = |four: &[i8]| {
        let whole = four.iter().rev().fold(0_u32, |whole, &q| whole << 6 | (i32::from(q) + 32) as u32 & 63);
        let [a, b, c, _] = whole.to_le_bytes();
        [a, b, c]
    };
    integers.chunks(4).flat_map(three).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Integers of some shape times their scales, or `None` where the scales do not fit.
fn scaled(integers: &[i8], shape: &[usize], scale: &[f32], scale_shape: &[usize]) -> Option<Vec<f32>> {
    let channels = scale.len();
    let axis = scale_shape.iter().position(|&side| side != 1).unwrap_or(0);
    let fits = shape.len() == scale_shape.len()
        && scale_shape
            .iter()
            .enumerate()
            .all(|(i, &side)| if i == axis { side == shape[i] || side == 1 } else { side == 1 });
    if !fits || channels == 0 {
        return None;
    }
    // The scale stays the same for this many values.
    let run = shape.iter().skip(axis + 1).try_fold(1_usize, |run, &side| run.checked_mul(side))?.max(1);
    let values = integers.chunks(run).enumerate();
    Some(values.flat_map(|(i, run)| run.iter().map(move |&q| f32::from(q) * scale[i % channels])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_scaled_along_either_dimension() {
        let integers = [1_i8, 2, 3, -4, -5, 127];
        let by_row = scaled(&integers, &[2, 3], &[1.0, 0.5], &[2, 1]).unwrap();
        assert_eq!(by_row, [1.0, 2.0, 3.0, -2.0, -2.5, 63.5]);
        let by_column = scaled(&integers, &[2, 3], &[1.0, 10.0, 0.0], &[1, 3]).unwrap();
        assert_eq!(by_column, [1.0, 20.0, 0.0, -4.0, -50.0, 0.0]);
        assert_eq!(scaled(&integers, &[2, 3], &[2.0], &[1, 1]).unwrap()[5], 254.0);
    }

    #[test]
    fn six_bits_come_back_and_no_others() {
        let integers: Vec<i8> = (-32..=31).collect();
        for count in 0..=integers.len() {
            let bytes = packed(&integers[..count]);
            assert_eq!(bytes.len(), count.div_ceil(4) * 3);
            assert_eq!(unpacked(&bytes, &[count]).unwrap(), integers[..count]);
            assert_eq!(unpacked(&bytes, &[count + 4]), None);
        }
        assert_eq!(unpacked(&[0; 3], &[usize::MAX, 2]), None);
        assert_eq!(sides(&(-1_i64).to_le_bytes()), None);
    }

    #[test]
    fn scales_that_do_not_fit_are_refused() {
        let integers = [0; 6];
        for (scale, shape) in [(&[1.0; 3][..], &[3, 1][..]), (&[1.0; 6], &[2, 3]), (&[1.0; 2], &[2]), (&[], &[0, 1])] {
            assert_eq!(scaled(&integers, &[2, 3], scale, shape), None, "{shape:?}");
        }
        assert_eq!(scaled(&[], &[0, usize::MAX, 2], &[1.0], &[1, 1, 1]), None);
    }
}
