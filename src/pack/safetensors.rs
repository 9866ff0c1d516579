//! From the bytes of a safetensors file to named arrays.
//!
//! An array of type I8 has a companion, `NAME.scale`, of type F32 and of its rank, which is 1 in every dimension but one
//! (or in all): the array's values are the integers times the scale, broadcast.
//!
//! An array of type U8 holds integers of 6 bits, four in three bytes, the first in the lowest bits, each the value plus
//! 32. Its own shape stands in a second companion, `NAME.shape`, of type I64; `NAME.scale` is as above.

use safetensors::{Dtype, SafeTensors};

use super::{
    PackError,
    error::FormatError,
    packed::{SCALE, SHAPE},
};
use crate::nets::weights::{Array, Scale, Values, Weights};

/// Reads all arrays of a file, as they are there. The library checks that offsets and shapes agree with the bytes.
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
        let scale = |shape: &[usize]| {
            let scale = tensors.tensor(&format!("{name}{SCALE}")).ok();
            let scale = scale
                .filter(|scale| scale.dtype() == Dtype::F32)
                .ok_or_else(|| wrong(FormatError::NoScale { name: name.to_owned() }))?;
            let (found, wanted) = (scale.shape(), shape);
            scale_of(shape, floats(scale.data()), found).ok_or_else(|| {
                wrong(FormatError::Scale { name: name.to_owned(), found: found.to_vec(), wanted: wanted.to_vec() })
            })
        };
        let (mut shape, bytes) = (view.shape().to_vec(), view.data());
        let values = match view.dtype() {
            Dtype::F16 => Values::Halves(bytes.to_vec()),
            Dtype::F32 => Values::Floats(floats(bytes)),
            Dtype::I8 => Values::Bytes(bytes.to_vec(), scale(&shape)?),
            Dtype::U8 => {
                let own = tensors.tensor(&format!("{name}{SHAPE}")).ok();
                let own = own.filter(|own| own.dtype() == Dtype::I64).and_then(|own| sides(own.data()));
                shape = own.ok_or_else(|| wrong(FormatError::NoShape { name: name.to_owned() }))?;
                Values::Sixes(bytes.to_vec(), scale(&shape)?)
            }
            other => {
                return Err(wrong(FormatError::Kind { name: name.to_owned(), found: format!("{other:?}") }));
            }
        };
        // All but those of packed bits the library has counted.
        let misfit = || FormatError::Bits { name: name.to_owned(), bytes: bytes.len(), shape: shape.clone() };
        weights.add(name, Array::new(shape.clone(), values).ok_or_else(|| wrong(misfit()))?);
    }
    Ok(weights)
}

/// The sides of a shape.
fn sides(bytes: &[u8]) -> Option<Vec<usize>> {
    let sides = bytes.chunks_exact(8).map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]));
    sides.map(|side| usize::try_from(side).ok()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// The factors of integers of some shape, or `None` where they do not fit.
fn scale_of(shape: &[usize], factors: Vec<f32>, own: &[usize]) -> Option<Scale> {
    let axis = own.iter().position(|&side| side != 1).unwrap_or(0);
    let fits = shape.len() == own.len()
        && own.iter().enumerate().all(|(i, &side)| if i == axis { side == shape[i] || side == 1 } else { side == 1 });
    if !fits || factors.is_empty() {
        return None;
    }
    // The factor stays the same for this many values.
    let run = shape.iter().skip(axis + 1).try_fold(1_usize, |run, &side| run.checked_mul(side))?.max(1);
    Some(Scale { factors, run })
}

#[cfg(test)]
mod tests {
    use super::{super::packed::packed, *};

    #[test]
    fn factors_are_along_either_dimension() {
        let run = |factors: &[f32], own: &[usize]| scale_of(&[2, 3], factors.to_vec(), own).unwrap().run;
        assert_eq!(run(&[1.0, 0.5], &[2, 1]), 3);
        assert_eq!(run(&[1.0, 10.0, 0.0], &[1, 3]), 1);
        assert_eq!(run(&[2.0], &[1, 1]), 3);
    }

    #[test]
    fn six_bits_come_back_and_no_others() {
        let integers: Vec<i8> = (-32..=31).collect();
        for count in 0..=integers.len() {
            let bytes = packed(&integers[..count]);
            assert_eq!(bytes.len(), count.div_ceil(4) * 3);
            let scale = || Scale { factors: vec![1.0], run: 1 };
            let array = |count: usize| Array::new(vec![count], Values::Sixes(bytes.clone(), scale()));
            let wanted: Vec<f32> = integers[..count].iter().copied().map(f32::from).collect();
            assert_eq!(array(count).unwrap().values(), wanted);
            assert_eq!(array(count + 4), None);
        }
        assert_eq!(sides(&(-1_i64).to_le_bytes()), None);
    }

    #[test]
    fn factors_that_do_not_fit_are_refused() {
        for (factors, own) in
            [(vec![1.0; 3], &[3, 1][..]), (vec![1.0; 6], &[2, 3]), (vec![1.0; 2], &[2]), (vec![], &[0, 1])]
        {
            assert_eq!(scale_of(&[2, 3], factors, own), None, "{own:?}");
        }
        assert_eq!(scale_of(&[0, usize::MAX, 2], vec![1.0], &[1, 1, 1]), None);
    }
}
