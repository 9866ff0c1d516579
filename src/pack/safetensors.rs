//! From the bytes of a safetensors file to named arrays of `f32`.
//!
//! An array of type I8 has a companion, `NAME.scale`, of type F32 and of its rank, which is 1 in every dimension but one
//! (or in all): the array's values are the integers times the scale, broadcast.

use half::f16;
use safetensors::{Dtype, SafeTensors};

use super::PackError;
use crate::nets::weights::Weights;

/// Suffix of the name of an I8 array's companion.
pub(super) const SCALE: &str = ".scale";

/// Reads all arrays of a file as `f32`. The library checks that offsets and shapes agree with the bytes.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Weights, PackError> {
    let wrong = |reason: String| PackError::Format { file: file.to_owned(), reason };
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| wrong(error.to_string()))?;
    let is_scale = |name: &str| {
        let whole = name.strip_suffix(SCALE).and_then(|name| tensors.tensor(name).ok());
        whole.is_some_and(|view| view.dtype() == Dtype::I8)
    };
    let mut weights = Weights::default();
    for (name, view) in tensors.iter().filter(|(name, _)| !is_scale(name)) {
        let values = match view.dtype() {
            Dtype::F16 => view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Dtype::F32 => floats(view.data()),
            Dtype::I8 => {
                let scale = tensors.tensor(&format!("{name}{SCALE}")).ok();
                let scale = scale.filter(|scale| scale.dtype() == Dtype::F32).ok_or_else(|| {
                    wrong(format!("“{name}” is of type I8, but there is no “{name}{SCALE}” of type F32"))
                })?;
                scaled(view.data(), view.shape(), &floats(scale.data()), scale.shape()).ok_or_else(|| {
                    let (found, wanted) = (scale.shape(), view.shape());
                    wrong(format!("“{name}{SCALE}” has the shape {found:?}, which does not scale {wanted:?}"))
                })?
            }
            other => {
                return Err(wrong(format!("“{name}” is of type {other:?}; F16, F32 and I8 are read")));
            }
        };
        weights.insert(name, view.shape().to_vec(), values);
    }
    Ok(weights)
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Integers of some shape times their scales, or `None` where the scales do not fit.
fn scaled(integers: &[u8], shape: &[usize], scale: &[f32], scale_shape: &[usize]) -> Option<Vec<f32>> {
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
    let run = shape.iter().skip(axis + 1).product::<usize>().max(1);
    let values = integers.chunks(run).enumerate();
    Some(
        values
            .flat_map(|(i, run)| run.iter().map(move |&q| f32::from(q.cast_signed()) * scale[i % channels]))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_scaled_along_either_dimension() {
        let integers = [1_i8, 2, 3, -4, -5, 127].map(i8::cast_unsigned);
        let by_row = scaled(&integers, &[2, 3], &[1.0, 0.5], &[2, 1]).unwrap();
        assert_eq!(by_row, [1.0, 2.0, 3.0, -2.0, -2.5, 63.5]);
        let by_column = scaled(&integers, &[2, 3], &[1.0, 10.0, 0.0], &[1, 3]).unwrap();
        assert_eq!(by_column, [1.0, 20.0, 0.0, -4.0, -50.0, 0.0]);
        assert_eq!(scaled(&integers, &[2, 3], &[2.0], &[1, 1]).unwrap()[5], 254.0);
    }

    #[test]
    fn scales_that_do_not_fit_are_refused() {
        let integers = [0; 6];
        for (scale, shape) in [(&[1.0; 3][..], &[3, 1][..]), (&[1.0; 6], &[2, 3]), (&[1.0; 2], &[2]), (&[], &[0, 1])] {
            assert_eq!(scaled(&integers, &[2, 3], scale, shape), None, "{shape:?}");
        }
    }
}
