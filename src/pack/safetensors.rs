//! From the bytes of a safetensors file to named arrays of `f32`, and back.

use half::f16;
use safetensors::{Dtype, SafeTensors};

use super::PackError;
use crate::nets::weights::Weights;

/// Reads all arrays of a file; f16 becomes f32. The library checks that offsets and shapes agree with the bytes.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Weights, PackError> {
    let wrong = |reason: String| PackError::Format { file: file.to_owned(), reason };
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| wrong(error.to_string()))?;
    let mut weights = Weights::default();
    for (name, view) in tensors.iter() {
        let values = match view.dtype() {
            Dtype::F16 => view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Dtype::F32 => view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            other => {
                return Err(wrong(format!("“{name}” is of type {other:?}; F16 and F32 are read")));
            }
        };
        weights.insert(name, view.shape().to_vec(), values);
    }
    Ok(weights)
}
