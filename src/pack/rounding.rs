//! Arrays rounded to fewer bits, and the file that holds them.

use std::collections::BTreeMap;

use half::f16;
use safetensors::{Dtype, tensor::TensorView};
use serde::Deserialize;

use super::packed::{SCALE, SHAPE, packed};

/// Arrays by name: their shapes and values.
pub type Arrays = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Why the arrays of an original cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentError {
    /// The file cannot be read, or the new one not written.
    Library {
        /// What the library said.
        said: String,
    },
    /// An array of other numbers than 32-bit floats.
    Kind {
        /// The array.
        name: String,
    },
    /// A convolution that no batch normalisation follows.
    NoBatchNorm {
        /// The convolution.
        name: String,
    },
    /// An array that is not there.
    Missing {
        /// The array.
        name: String,
    },
    /// A batch normalisation of other channels than its convolution's.
    Channels {
        /// The batch normalisation.
        norm: String,
        /// The convolution.
        name: String,
        /// The convolution's channels.
        channels: usize,
    },
    /// A layer that is to be kept in 6 bits, and is not there.
    NoLayer {
        /// The layer.
        name: String,
    },
    /// An array that holds values that are not numbers.
    NotNumbers {
        /// The array.
        name: String,
    },
    /// An array that holds values that 16 bits cannot.
    Large {
        /// The array.
        name: String,
    },
}

impl ContentError {
    /// What a library said.
    pub(super) fn library(error: impl ToString) -> Self {
        Self::Library { said: error.to_string() }
    }
}

/// Numbers of a matrix or kernel in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32-bit floats, as they are.
    F32,
    /// 16-bit floats.
    #[default]
    F16,
    /// 8-bit integers with a scale for each output channel.
    I8,
    /// 6-bit integers likewise, the scale being the one with the least squared error.
    I6,
    /// No numbers: the file is taken as it is.
    AsItIs,
}

/// Writes matrices and kernels as `keep` says, those of the layers in `keep_6_bits` in 6 bits instead, and vectors as f32. The output channels of the layers in `transposed` are
/// the second dimension of their kernels.
pub(super) fn serialize(
    arrays: &Arrays,
    keep: Precision,
    keep_6_bits: &[String],
    transposed: &[String],
) -> Result<Vec<u8>, ContentError> {
    let is_of = |name: &str, layer: &str| name.strip_prefix(layer).is_some_and(|rest| rest.starts_with('.'));
    if let Some(lost) = keep_6_bits.iter().find(|layer| !arrays.keys().any(|name| is_of(name, layer))) {
        return Err(ContentError::NoLayer { name: lost.clone() });
    }
    let mut encoded = Vec::new();
    for (name, (shape, values)) in arrays {
        if values.iter().any(|value| !value.is_finite()) {
            return Err(ContentError::NotNumbers { name: name.clone() });
        }
        let six = keep_6_bits.iter().any(|layer| is_of(name, layer));
        let how = match shape.len() {
            0 | 1 => Precision::F32,
            _ if six => Precision::I6,
            _ => keep,
        };
        match how {
            Precision::F32 | Precision::AsItIs => {
                encoded.push((name.clone(), Dtype::F32, shape.clone(), bytes(values)))
            }
            Precision::F16 => {
                let rounded: Vec<f16> = values.iter().map(|&v| f16::from_f32(v)).collect();
                if rounded.iter().any(|v| !v.is_finite()) {
                    return Err(ContentError::Large { name: name.clone() });
                }
                let rounded = rounded.iter().flat_map(|v| v.to_le_bytes()).collect();
                encoded.push((name.clone(), Dtype::F16, shape.clone(), rounded));
            }
            Precision::I8 | Precision::I6 => {
                let module = name.trim_end_matches(".weight");
                let axis = usize::from(transposed.iter().any(|name| name == module));
                let (integers, scale) = match how {
                    Precision::I6 => quantized(values, shape, axis, 31.0, &FACTORS),
                    _ => quantized(values, shape, axis, 127.0, &[1.0]),
                };
                let mut scale_shape = vec![1; shape.len()];
                scale_shape[axis] = scale.len();
                if how == Precision::I6 {
                    let packed = packed(&integers);
                    let sides = shape.iter().flat_map(|&side| (side as i64).to_le_bytes()).collect();
                    encoded.push((name.clone(), Dtype::U8, vec![packed.len()], packed));
                    encoded.push((format!("{name}{SHAPE}"), Dtype::I64, vec![shape.len()], sides));
                } else {
                    let integers = integers.into_iter().map(i8::cast_unsigned).collect();
                    encoded.push((name.clone(), Dtype::I8, shape.clone(), integers));
                }
                encoded.push((format!("{name}{SCALE}"), Dtype::F32, scale_shape, bytes(&scale)));
            }
        }
    }
    let views = encoded.iter().map(|(name, dtype, shape, bytes)| {
        TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(ContentError::library)?;
    safetensors::serialize(views, None).map_err(ContentError::library)
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Of the scale that brings a channel's largest magnitude to the largest integer, what is tried for the least error: a few
/// large values may be cut off where that serves the many.
const FACTORS: [f32; 12] = [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45];

/// Rounds to integers of `-most` to `most` times a scale for each channel, the channels being dimension `axis`: the channel's
/// largest magnitude divided by `most`, times that of the factors which gives the least squared error, the first of equals.
/// Gives the integers and the scales.
fn quantized(values: &[f32], shape: &[usize], axis: usize, most: f32, factors: &[f32]) -> (Vec<i8>, Vec<f32>) {
    let channels = shape[axis];
    let run = shape[axis + 1..].iter().product::<usize>().max(1);
    let channel = |i: usize| i / run % channels;
    let rounded = |value: f32, scale: f32| (value / scale).round().clamp(-most, most);
    let mut of_channel = vec![Vec::new(); channels];
    for (i, value) in values.iter().enumerate() {
        of_channel[channel(i)].push(*value);
    }
    let scale = of_channel.iter().map(|values| {
        let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        if largest == 0.0 {
            return 1.0;
        }
        let error = |scale: f32| -> f64 {
            values.iter().map(|&value| f64::from(value - rounded(value, scale) * scale).powi(2)).sum()
        };
        let scales = factors.iter().map(|factor| largest / most * factor);
        let best = scales.map(|scale| (error(scale), scale)).min_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or(1.0, |(_, scale)| scale)
    });
    let scale: Vec<f32> = scale.collect();
    let integers = values.iter().enumerate().map(|(i, &value)| rounded(value, scale[channel(i)]) as i8);
    (integers.collect(), scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_to_integers_errs_by_half_a_step_at_most_in_either_direction() {
        let values: Vec<f32> = (0..24).map(|i| (i as f32 - 11.3) * 10_f32.powi(i % 3)).collect();
        for (axis, channels, run) in [(0, 2, 12), (1, 3, 4)] {
            let (integers, scale) = quantized(&values, &[2, 3, 4], axis, 127.0, &[1.0]);
            assert_eq!(scale.len(), channels);
            for (i, value) in values.iter().enumerate() {
                let step = scale[i / run % channels];
                assert!((f32::from(integers[i]) * step - value).abs() <= step * 0.5001, "{axis}: {value}");
            }
        }
        assert_eq!(quantized(&[0.0, 0.0], &[1, 2], 0, 127.0, &[1.0]), (vec![0, 0], vec![1.0]));
    }

    #[test]
    fn one_large_value_is_cut_off_where_that_serves_the_many() {
        let mut values: Vec<f32> = (0..30_000).map(|i| (i % 997) as f32 / 2000.0 - 0.25).collect();
        values[0] = 1.0;
        let error = |factors: &[f32]| -> f32 {
            let (integers, scale) = quantized(&values, &[1, 30_000], 0, 31.0, factors);
            assert!(integers.iter().all(|q| (-31..=31).contains(q)));
            integers.iter().zip(&values).map(|(&q, value)| (f32::from(q) * scale[0] - value).powi(2)).sum()
        };
        assert!(error(&FACTORS) < 0.8 * error(&[1.0]), "{} {}", error(&FACTORS), error(&[1.0]));
    }

    /// What is written in 6 and in 8 bits is read as what it was, to within a step of each channel: half of one,
    /// and more where a smaller scale cuts off the largest.
    #[test]
    fn rounded_arrays_come_back() {
        let mut arrays = Arrays::new();
        let values: Vec<f32> = (0..3 * 5 * 4).map(|i| (i * 37 % 61) as f32 / 61.0 - 0.4).collect();
        for name in ["fc.weight", "fc7.weight", "up.0.weight"] {
            arrays.insert(name.into(), (vec![3, 5, 2, 2], values.clone()));
        }
        arrays.insert("fc.bias".into(), (vec![3], vec![0.1, 0.2, 0.3]));
        let six = ["fc".to_owned(), "up.0".to_owned()];
        let bytes = serialize(&arrays, Precision::I8, &six, &["up.0".into()]).unwrap();
        let mut read = crate::pack::safetensors::read("file", &bytes).unwrap();
        assert_eq!(read.take_values("fc.bias", &[3]).unwrap(), [0.1, 0.2, 0.3]);
        for (name, step) in [("fc.weight", 0.6 / 31.0), ("fc7.weight", 0.6 / 127.0), ("up.0.weight", 0.6 / 31.0)] {
            let found = read.take_values(name, &[3, 5, 2, 2]).unwrap();
            let furthest = found.iter().zip(&values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest <= step && furthest > 0.0, "{name}: {furthest}");
        }
        let lost = ContentError::NoLayer { name: "fc8".into() };
        assert_eq!(serialize(&arrays, Precision::I8, &["fc8".into()], &[]).unwrap_err(), lost);
    }
}
