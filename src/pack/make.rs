//! Makes a pack from original weights: renames, folds batch normalisation, rounds to 16 or 8 bits, and states every
//! file's size and digest. The same originals give the same bytes.
//!
//! What to do stands in a recipe, a JSON file of the manifest-to-be and the sources of its files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::{
    integrity,
    manifest::{Manifest, ManifestError},
    rounding::{Arrays, Precision, serialize},
};

pub use super::rounding::ContentError;

/// Why a pack cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{self:?}")]
pub enum MakeError {
    /// A file could not be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The recipe is no recipe.
    Recipe {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        said: String,
    },
    /// The recipe has a source that nothing in its manifest uses.
    Unused {
        /// The recipe.
        path: PathBuf,
        /// Name of the file to make.
        file: String,
    },
    /// An original is not the one that the recipe means.
    Digest {
        /// The file.
        path: PathBuf,
        /// Its digest.
        found: String,
        /// The digest wanted.
        wanted: String,
    },
    /// An original holds what cannot be used.
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: ContentError,
    },
    /// The parts do not make a pack.
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

/// Makes the pack that the recipe describes from the originals in the folder `from`, into the folder `into`.
///
/// # Errors
/// [`MakeError`].
pub fn make(recipe: &Path, from: &Path, into: &Path) -> Result<Manifest, MakeError> {
    let text = read(recipe)?;
    let Recipe { mut manifest, sources } = serde_json::from_slice(&text)
        .map_err(|error| MakeError::Recipe { path: recipe.to_owned(), said: error.to_string() })?;
    fs::create_dir_all(into).map_err(|error| MakeError::File { path: into.to_owned(), error })?;
    for source in &sources {
        let path = from.join(&source.file);
        let original = read(&path)?;
        let found = integrity::sha256(&original);
        if found != source.sha256 {
            return Err(MakeError::Digest { path, found, wanted: source.sha256.clone() });
        }
        let unusable = |reason: ContentError| MakeError::Content { path: path.clone(), reason };
        let bytes = if source.keep == Precision::AsItIs {
            original
        } else {
            let mut arrays = arrays(&path, &original).map_err(unusable)?;
            if let Some(epsilon) = source.fold_batch_norm {
                arrays = fold_batch_norm(arrays, epsilon).map_err(unusable)?;
            }
            let transposed = manifest.generator.architecture.transposed();
            serialize(&arrays, source.keep, &source.keep_6_bits, &transposed).map_err(unusable)?
        };
        let entry = manifest.files_mut().find(|entry| entry.file == source.into);
        let entry = entry.ok_or_else(|| MakeError::Unused { path: recipe.to_owned(), file: source.into.clone() })?;
        (entry.bytes, entry.sha256) = (bytes.len() as u64, integrity::sha256(&bytes));
        write(&into.join(&source.into), &bytes)?;
    }
    let mut json = serde_json::to_vec(&manifest)
        .map_err(|error| MakeError::Recipe { path: recipe.to_owned(), said: error.to_string() })?;
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

fn arrays(path: &Path, bytes: &[u8]) -> Result<Arrays, ContentError> {
    let floats = |bytes: &[u8]| bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let mut arrays = Arrays::new();
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        for (name, view) in SafeTensors::deserialize(bytes).map_err(ContentError::library)?.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(ContentError::Kind { name: name.to_owned() });
            }
            arrays.insert(name.to_owned(), (view.shape().to_vec(), floats(view.data())));
        }
    } else {
        let checkpoint = pytorch_reader::PytorchReader::new(path).map_err(ContentError::library)?;
        for (name, tensor) in checkpoint.tensors() {
            // Counters of batches are integers, and mean nothing once the network is fixed.
            if tensor.dtype() == pytorch_reader::DType::F32 {
                let bytes = tensor.read().map_err(ContentError::library)?;
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
fn fold_batch_norm(mut arrays: Arrays, epsilon: f32) -> Result<Arrays, ContentError> {
    let convolutions: Vec<_> = arrays
        .iter()
        .filter(|(name, (shape, _))| name.ends_with(".weight") && shape.len() == 4)
        .map(|(name, _)| name.trim_end_matches(".weight").to_owned())
        .collect();
    let mut folded = Arrays::new();
    for name in convolutions {
        let norm = batch_norm_of(&name).ok_or_else(|| ContentError::NoBatchNorm { name: name.clone() })?;
        let mut take = |key: String| arrays.remove(&key).ok_or(ContentError::Missing { name: key });
        let (shape, mut weight) = take(format!("{name}.weight"))?;
        let (_, gamma) = take(format!("{norm}.weight"))?;
        let (_, beta) = take(format!("{norm}.bias"))?;
        let (_, mean) = take(format!("{norm}.running_mean"))?;
        let (_, variance) = take(format!("{norm}.running_var"))?;
        let channels = shape[0];
        if [&gamma, &beta, &mean, &variance].iter().any(|values| values.len() != channels) {
            return Err(ContentError::Channels { norm, name, channels });
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
