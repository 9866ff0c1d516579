//! From a source of files to networks on a device.

use std::rc::Rc;

use burn::tensor::Device;

use super::{
    PackError, integrity,
    manifest::{ClassifierEntry, FileEntry, MAX_MANIFEST_BYTES, Manifest},
    safetensors,
};
use crate::nets::{Classifier, Generator, NetworkError, weights::Weights};

/// A folder that holds a pack, wherever it is.
#[allow(async_fn_in_trait, reason = "both sources are used on one thread")]
pub trait Source {
    /// Reads a file of at most `limit` bytes; `arrived` hears how many bytes have come, as they come.
    ///
    /// # Errors
    /// [`PackError::NotFound`], [`PackError::Unreadable`], [`PackError::Page`], or [`PackError::Size`] past the limit.
    async fn read(&self, file: &str, limit: u64, arrived: &mut dyn FnMut(u64)) -> Result<Vec<u8>, PackError>;
}

/// The checked bytes of a pack's weights, from which networks can be built on more than one device.
#[derive(Debug)]
pub struct Files {
    generator: Vec<u8>,
    classifier: Vec<u8>,
}

/// Reads and checks the manifest of the pack at `source`.
///
/// # Errors
/// [`PackError`].
pub async fn load_manifest(source: &impl Source) -> Result<Manifest, PackError> {
    let bytes = source.read("pack.json", MAX_MANIFEST_BYTES, &mut |_| {}).await?;
    if integrity::looks_like_a_page(&bytes) {
        return Err(PackError::Page { file: "pack.json".into(), place: None });
    }
    Ok(Manifest::parse(&bytes)?)
}

impl Files {
    /// Reads and checks the weights for one classifier; `arrived` hears how many bytes of them all have come.
    ///
    /// # Errors
    /// [`PackError`].
    pub async fn load(
        source: &impl Source,
        manifest: &Manifest,
        classifier: &ClassifierEntry,
        mut arrived: impl FnMut(u64),
    ) -> Result<Self, PackError> {
        let generator = verified(source, &manifest.generator.weights, &mut arrived).await?;
        let before = manifest.generator.weights.bytes;
        let classifier = verified(source, &classifier.weights, &mut |bytes| arrived(before + bytes)).await?;
        Ok(Self { generator, classifier })
    }
}

/// Reads a file of a pack and makes sure that it is the one that the manifest means.
pub(super) async fn verified(
    source: &impl Source,
    entry: &FileEntry,
    arrived: &mut dyn FnMut(u64),
) -> Result<Vec<u8>, PackError> {
    let bytes = source.read(&entry.file, entry.bytes, arrived).await?;
    match integrity::check(entry, &bytes) {
        Err(_) if integrity::looks_like_a_page(&bytes) => {
            Err(PackError::Page { file: entry.file.clone(), place: None })
        }
        result => result.map(|()| bytes),
    }
}

/// Reads, checks and builds one classifier by itself; `arrived` hears how many bytes of it have come.
///
/// # Errors
/// [`PackError`].
pub async fn classifier(
    source: &impl Source,
    manifest: &Manifest,
    entry: &ClassifierEntry,
    device: &Device,
    mut arrived: impl FnMut(u64),
) -> Result<Rc<dyn Classifier>, PackError> {
    build(manifest, entry, &verified(source, &entry.weights, &mut arrived).await?, device)
}

/// Reads and checks one file of weights, as the arrays that it holds; `arrived` hears how many bytes of it have come.
///
/// # Errors
/// [`PackError`].
pub async fn weights(
    source: &impl Source,
    entry: &FileEntry,
    mut arrived: impl FnMut(u64),
) -> Result<Weights, PackError> {
    safetensors::read(&entry.file, &verified(source, entry, &mut arrived).await?)
}

/// The arrays of a file that are not those of the network.
fn misfit(entry: &FileEntry, reason: impl Into<NetworkError>) -> PackError {
    PackError::Misfit { file: entry.file.clone(), reason: Box::new(reason.into()) }
}

fn build(
    manifest: &Manifest,
    entry: &ClassifierEntry,
    bytes: &[u8],
    device: &Device,
) -> Result<Rc<dyn Classifier>, PackError> {
    let file = &entry.weights;
    let graph = entry.graph(manifest.image).map_err(|error| misfit(file, error))?;
    let weights = safetensors::read(&file.file, bytes)?;
    let network = graph.init(weights, device).map_err(|error| misfit(file, error))?;
    Ok(Rc::new(network))
}

/// A pack's generator and one of its classifiers on a device, with what is known of the code.
#[derive(Debug)]
pub struct Networks {
    /// The generator.
    pub generator: Generator,
    /// The classifier.
    pub classifier: Rc<dyn Classifier>,
    /// Mean of each code unit over the training images.
    pub code_mean: Vec<f32>,
    /// Standard deviation of each code unit over the training images.
    pub code_std: Vec<f32>,
}

/// Builds a pack's generator and one of its classifiers on a device.
///
/// # Errors
/// [`PackError::Format`] or [`PackError::Misfit`].
pub fn networks(
    manifest: &Manifest,
    classifier: &ClassifierEntry,
    files: &Files,
    device: &Device,
) -> Result<Networks, PackError> {
    let entry = &manifest.generator;
    let code = [entry.architecture.code()];
    let mut weights = safetensors::read(&entry.weights.file, &files.generator)?;
    let mut statistic = |name| weights.take_values(name, &code).map_err(|error| misfit(&entry.weights, error));
    let (code_mean, code_std) = (statistic("code.mean")?, statistic("code.std")?);
    // The maximum is there for readers of some files; nothing here needs it.
    weights.leave("code.max");
    let generator = entry.architecture.init(weights, device);
    let generator = generator.map_err(|error| misfit(&entry.weights, error))?;

    let classifier = build(manifest, classifier, &files.classifier, device)?;
    Ok(Networks { generator, classifier, code_mean, code_std })
}
