//! Makes a pack from original weights: renames, folds batch normalisation, rounds to 16 or 8 bits, and states every
//! file's size and digest. The same originals give the same bytes.
//!
//! What to do stands in a recipe, a JSON file of the manifest-to-be and the sources of its files.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;

use super::{
    integrity,
    manifest::{Manifest, ManifestError},
    safetensors::{SCALE, SHAPE, packed},
};

/// Why a pack cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A file could not be read or written.
    #[error("{path}: {error}.")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The recipe is no recipe.
    #[error("The recipe {path} cannot be read: {reason}.")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An original is not the one that the recipe means.
    #[error("{path} is another file than the recipe means: its sha256 is {found}, not {wanted}.")]
    Digest {
        /// The file.
        path: PathBuf,
        /// Its digest.
        found: String,
        /// The digest wanted.
        wanted: String,
    },
    /// An original holds what cannot be used.
    #[error("{path}: {reason}.")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The parts do not make a pack.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    manifest: Manifest,
    sources: Vec<RecipeSource>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeSource {
    /// Name of the file to make.
    into: String,
    /// Name of the original, `.safetensors` or a PyTorch checkpoint.
    file: String,
    sha256: String,
    /// Epsilon of the batch normalisation to fold into the convolutions, where there is one.
    fold_batch_norm: Option<f32>,
    /// How matrices and kernels are kept. Vectors (biases, statistics) take next to no room, and stay as they are.
    #[serde(default)]
    keep: Precision,
    /// The layers whose matrix or kernel is kept in 6 bits instead: those whose names begin so.
    #[serde(default)]
    keep_6_bits: Vec<String>,
}

/// Numbers of a matrix or kernel in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Precision {
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

type Arrays = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Makes the pack that the recipe describes from the originals in the folder `from`, into the folder `into`.
///
/// # Errors
/// [`MakeError`], a sentence for people.
pub fn make(recipe: &Path, from: &Path, into: &Path) -> Result<Manifest, MakeError> {
    let text = read(recipe)?;
    let Recipe { mut manifest, sources } = serde_json::from_slice(&text)
        .map_err(|error| MakeError::Recipe { path: recipe.to_owned(), reason: error.to_string() })?;
    fs::create_dir_all(into).map_err(|error| MakeError::File { path: into.to_owned(), error })?;
    for source in &sources {
        let path = from.join(&source.file);
        let original = read(&path)?;
        let found = integrity::sha256(&original);
        if found != source.sha256 {
            return Err(MakeError::Digest { path, found, wanted: source.sha256.clone() });
        }
        let unusable = |reason: String| MakeError::Content { path: path.clone(), reason };
        let bytes = if source.keep == Precision::AsItIs {
            original
        } else {
            let mut arrays = arrays(&path, &original).map_err(unusable)?;
            if let Some(epsilon) = source.fold_batch_norm {
                arrays = fold_batch_norm(arrays, epsilon).map_err(unusable)?;
            }
            let transposed = manifest.generator.architecture.transposed();
            serialize(&arrays, source, &transposed).map_err(unusable)?
        };
        let entry = manifest.files_mut().find(|entry| entry.file == source.into);
        let entry = entry.ok_or_else(|| MakeError::Recipe {
            path: recipe.to_owned(),
            reason: format!("nothing in the manifest uses {}", source.into),
        })?;
        (entry.bytes, entry.sha256) = (bytes.len() as u64, integrity::sha256(&bytes));
        write(&into.join(&source.into), &bytes)?;
    }
    let mut json = serde_json::to_vec(&manifest)
        .map_err(|error| MakeError::Recipe { path: recipe.to_owned(), reason: error.to_string() })?;
    json.push(b'\n');
    let manifest = Manifest::parse(&json)?;
    write(&into.join("pack.json"), &json)?;
    Ok(manifest)
}

fn read(path: &Path) -> Result<Vec<u8>, MakeError> {
    fs::read(path).map_err(|error| MakeError::File { path: path.to_owned(), error })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), MakeError> {
    fs::write(path, bytes).map_err(|error| MakeError::File { path: path.to_owned(), error })
}

fn arrays(path: &Path, bytes: &[u8]) -> Result<Arrays, String> {
    let floats = |bytes: &[u8]| bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let mut arrays = Arrays::new();
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        for (name, view) in SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(format!("“{name}” is not of type F32"));
            }
            arrays.insert(name.to_owned(), (view.shape().to_vec(), floats(view.data())));
        }
    } else {
        let checkpoint = pytorch_reader::PytorchReader::new(path).map_err(|error| error.to_string())?;
        for (name, tensor) in checkpoint.tensors() {
            // Counters of batches are integers, and mean nothing once the network is fixed.
            if tensor.dtype() == pytorch_reader::DType::F32 {
                let bytes = tensor.read().map_err(|error| error.to_string())?;
                arrays.insert(name.clone(), (tensor.shape().to_vec(), floats(&bytes)));
            }
        }
    }
    Ok(arrays)
}

/// Name of the batch normalisation that follows a convolution, as torchvision names them.
fn batch_norm_of(convolution: &str) -> Option<String> {
    if let Some(stem) = convolution.strip_suffix(".0") {
        return Some(format!("{stem}.1"));
    }
    let at = convolution.rfind("conv")?;
    Some(format!("{}bn{}", &convolution[..at], &convolution[at + 4..]))
}

/// Folds each batch normalisation into the convolution before it: with `s = γ / √(σ² + ε)`, `w' = s·w`,
/// `b' = β - s·μ`. A shortcut's `downsample.0` becomes `downsample`.
fn fold_batch_norm(mut arrays: Arrays, epsilon: f32) -> Result<Arrays, String> {
    let convolutions: Vec<_> = arrays
        .iter()
        .filter(|(name, (shape, _))| name.ends_with(".weight") && shape.len() == 4)
        .map(|(name, _)| name.trim_end_matches(".weight").to_owned())
        .collect();
    let mut folded = Arrays::new();
    for name in convolutions {
        let norm = batch_norm_of(&name).ok_or_else(|| format!("“{name}” has no batch normalisation"))?;
        let mut take = |key: String| arrays.remove(&key).ok_or_else(|| format!("there is no “{key}”"));
        let (shape, mut weight) = take(format!("{name}.weight"))?;
        let (_, gamma) = take(format!("{norm}.weight"))?;
        let (_, beta) = take(format!("{norm}.bias"))?;
        let (_, mean) = take(format!("{norm}.running_mean"))?;
        let (_, variance) = take(format!("{norm}.running_var"))?;
        let channels = shape[0];
        if [&gamma, &beta, &mean, &variance].iter().any(|values| values.len() != channels) {
            return Err(format!("“{norm}” does not have the {channels} channels of “{name}”"));
        }
        let mut bias = Vec::with_capacity(channels);
        let size = weight.len() / channels.max(1);
        for (channel, kernel) in weight.chunks_mut(size).enumerate() {
            let scale = gamma[channel] / (variance[channel] + epsilon).sqrt();
            kernel.iter_mut().for_each(|w| *w *= scale);
            bias.push(beta[channel] - scale * mean[channel]);
        }
        let name = name.strip_suffix(".0").unwrap_or(&name);
        folded.insert(format!("{name}.weight"), (shape, weight));
        folded.insert(format!("{name}.bias"), (vec![channels], bias));
    }
    folded.append(&mut arrays);
    Ok(folded)
}

/// Writes matrices and kernels as `keep` says, and vectors as f32. The output channels of the layers in `transposed` are
/// the second dimension of their kernels.
fn serialize(arrays: &Arrays, source: &RecipeSource, transposed: &[String]) -> Result<Vec<u8>, String> {
    let is_of = |name: &str, layer: &str| name.strip_prefix(layer).is_some_and(|rest| rest.starts_with('.'));
    if let Some(lost) = source.keep_6_bits.iter().find(|layer| !arrays.keys().any(|name| is_of(name, layer))) {
        return Err(format!("there is no layer “{lost}”, which is to be kept in 6 bits"));
    }
    let mut encoded = Vec::new();
    for (name, (shape, values)) in arrays {
        if values.iter().any(|value| !value.is_finite()) {
            return Err(format!("“{name}” holds values that are not numbers"));
        }
        let six = source.keep_6_bits.iter().any(|layer| is_of(name, layer));
        let keep = match shape.len() {
            0 | 1 => Precision::F32,
            _ if six => Precision::I6,
            _ => source.keep,
        };
        match keep {
            Precision::F32 | Precision::AsItIs => {
                encoded.push((name.clone(), Dtype::F32, shape.clone(), bytes(values)))
            }
            Precision::F16 => {
                let rounded: Vec<f16> = values.iter().map(|&v| f16::from_f32(v)).collect();
                if rounded.iter().any(|v| !v.is_finite()) {
                    return Err(format!("“{name}” holds values that 16 bits cannot"));
                }
                let rounded = rounded.iter().flat_map(|v| v.to_le_bytes()).collect();
                encoded.push((name.clone(), Dtype::F16, shape.clone(), rounded));
            }
            Precision::I8 | Precision::I6 => {
                let module = name.trim_end_matches(".weight");
                let axis = usize::from(transposed.iter().any(|name| name == module));
                let (integers, scale) = match keep {
                    Precision::I6 => quantized(values, shape, axis, 31.0, &FACTORS),
                    _ => quantized(values, shape, axis, 127.0, &[1.0]),
                };
                let mut scale_shape = vec![1; shape.len()];
                scale_shape[axis] = scale.len();
                if keep == Precision::I6 {
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
    let views = views.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    safetensors::serialize(views, None).map_err(|error| error.to_string())
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
    fn a_convolution_knows_its_batch_normalisation() {
        assert_eq!(batch_norm_of("conv1").as_deref(), Some("bn1"));
        assert_eq!(batch_norm_of("layer2.0.conv2").as_deref(), Some("layer2.0.bn2"));
        assert_eq!(batch_norm_of("layer2.0.downsample.0").as_deref(), Some("layer2.0.downsample.1"));
    }

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

    /// What is written in 6 and in 8 bits is read as what it was, to within half a step of each channel.
    #[test]
    fn rounded_arrays_come_back() {
        let mut arrays = Arrays::new();
        let values: Vec<f32> = (0..3 * 5 * 4).map(|i| (i * 37 % 61) as f32 / 61.0 - 0.4).collect();
        for name in ["fc.weight", "fc7.weight", "up.0.weight"] {
            arrays.insert(name.into(), (vec![3, 5, 2, 2], values.clone()));
        }
        arrays.insert("fc.bias".into(), (vec![3], vec![0.1, 0.2, 0.3]));
        let mut source = RecipeSource {
            into: String::new(),
            file: String::new(),
            sha256: String::new(),
            fold_batch_norm: None,
            keep: Precision::I8,
            keep_6_bits: vec!["fc".into(), "up.0".into()],
        };
        let bytes = serialize(&arrays, &source, &["up.0".into()]).unwrap();
        let mut read = crate::pack::safetensors::read("file", &bytes).unwrap();
        assert_eq!(read.take_values("fc.bias", &[3]).unwrap(), [0.1, 0.2, 0.3]);
        for (name, step) in [("fc.weight", 0.6 / 31.0), ("fc7.weight", 0.6 / 127.0), ("up.0.weight", 0.6 / 31.0)] {
            let found = read.take_values(name, &[3, 5, 2, 2]).unwrap();
            let furthest = found.iter().zip(&values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // Values that a smaller scale cuts off may be further away.
            assert!(furthest <= step && furthest > 0.0, "{name}: {furthest}");
        }
        source.keep_6_bits.push("fc8".into());
        assert!(serialize(&arrays, &source, &[]).unwrap_err().contains("fc8"));
    }

    #[test]
    fn folding_gives_what_the_normalisation_gave() {
        let mut arrays = Arrays::new();
        arrays.insert("conv1.weight".into(), (vec![1, 1, 1, 1], vec![2.0]));
        for (name, value) in [("weight", 3.0), ("bias", 0.5), ("running_mean", 1.0), ("running_var", 4.0)] {
            arrays.insert(format!("bn1.{name}"), (vec![1], vec![value]));
        }
        let folded = fold_batch_norm(arrays, 0.0).unwrap();
        let (weight, bias) = (folded["conv1.weight"].1[0], folded["conv1.bias"].1[0]);
        // x = 5: (2·5 - 1) / √4 · 3 + 0.5
        assert_eq!(weight * 5.0 + bias, 14.0);
        assert_eq!(folded.len(), 2);
    }
}
