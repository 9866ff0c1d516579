//! The networks of a pack on a device: loaded as runs need them, and shared by the models of its classifiers.

use std::rc::Rc;

use burn::tensor::Device;

use super::EngineError;
use crate::{
    ascent::{Dictionary, Encoder, MeanImages, Model, Natural, Normalisation, Statistics},
    pack::{
        self, Files, NaturalArrays, Source,
        manifest::{ClassifierEntry, Manifest},
    },
    spec::RunSpec,
};

/// Puts a pack's networks together on a device.
///
/// # Errors
/// [`EngineError::Pack`].
pub fn model(
    manifest: &Manifest,
    classifier: &ClassifierEntry,
    files: &Files,
    device: &Device,
) -> Result<Model, EngineError> {
    let networks = pack::networks(manifest, classifier, files, device)?;
    Ok(Model {
        generator: networks.generator,
        name: classifier.name.clone(),
        image: manifest.image.channels(),
        own: classifier.own.channels(),
        classifier: networks.classifier,
        layers: classifier.layers.clone(),
        means: manifest.mean_classes(classifier),
        normalisation: normalisation(classifier, device),
        statistics: Statistics { mean: networks.code_mean, std: networks.code_std },
        encoder: Rc::default(),
        natural: Rc::default(),
        device: device.clone(),
    })
}

/// Loads what some runs need beyond the models there are: the classifiers of their lanes, the encoder, and what is known
/// of natural images. `models` holds one at least.
///
/// # Errors
/// [`EngineError::Pack`], [`EngineError::Spec`] for a classifier that the pack does not have.
pub async fn prepare(
    source: &impl Source,
    manifest: &Manifest,
    models: &mut Vec<Rc<Model>>,
    specs: &[RunSpec],
) -> Result<(), EngineError> {
    let Some(model) = models.first().cloned() else {
        return Ok(());
    };
    for lane in specs.iter().flat_map(RunSpec::lanes) {
        with_classifier(source, manifest, models, manifest.entry(&lane.classifier)?).await?;
    }
    if specs.iter().any(RunSpec::needs_encoder) {
        // Where it is one of the classifiers, that one serves.
        let same = models.iter().find(|model| model.name == manifest.generator.encoder);
        encoder(source, manifest, same.unwrap_or(&model), |_| {}).await?;
    }
    if specs.iter().any(RunSpec::needs_natural)
        && model.natural.get().is_none()
        && let Some(arrays) = NaturalArrays::load(source, manifest).await?
    {
        let dictionary = Dictionary::new(arrays.patches, arrays.count, arrays.side, &model.device);
        let means = MeanImages::new(arrays.means, arrays.clusters, arrays.mean_side, &model.device);
        model.natural.get_or_init(|| Natural { dictionary, means });
    }
    Ok(())
}

/// The generator with a classifier of the pack, which is loaded where none of the models has it, and no encoder is it. None
/// where there is no model at all.
///
/// # Errors
/// [`EngineError::Pack`].
pub(super) async fn with_classifier(
    source: &impl Source,
    manifest: &Manifest,
    models: &mut Vec<Rc<Model>>,
    entry: &ClassifierEntry,
) -> Result<Option<Rc<Model>>, EngineError> {
    let known = models.iter().find(|model| model.name == entry.name);
    let (None, Some(model)) = (known, models.first()) else {
        return Ok(known.cloned());
    };
    let encoder = model.encoder.get().filter(|_| entry.name == manifest.generator.encoder);
    let classifier = match encoder {
        Some(encoder) => encoder.classifier.clone(),
        None => pack::classifier(source, manifest, entry, &model.device, |_| {}).await?,
    };
    let other = Rc::new(model.with_classifier(
        entry.name.clone(),
        classifier,
        entry.own.channels(),
        entry.layers.clone(),
        manifest.mean_classes(entry),
        normalisation(entry, &model.device),
    ));
    models.push(other.clone());
    Ok(Some(other))
}

fn normalisation(entry: &ClassifierEntry, device: &Device) -> Normalisation {
    Normalisation::new(entry.preprocessing.mean, entry.preprocessing.std, device)
}

/// A model's encoder, loaded where it is not there yet; `arrived` hears how many bytes of it have come.
///
/// # Errors
/// [`EngineError::Pack`].
pub async fn encoder<'a>(
    source: &impl Source,
    manifest: &Manifest,
    model: &'a Model,
    arrived: impl FnMut(u64),
) -> Result<&'a Encoder, EngineError> {
    if let Some(encoder) = model.encoder.get() {
        return Ok(encoder);
    }
    let entry = manifest.entry(&manifest.generator.encoder)?;
    let classifier = if entry.name == model.name {
        model.classifier.clone()
    } else {
        pack::classifier(source, manifest, entry, &model.device, arrived).await?
    };
    let encoder = Encoder {
        classifier,
        layer: manifest.generator.encoder_layer.clone(),
        normalisation: normalisation(entry, &model.device),
    };
    // Where another run has loaded it meanwhile, that one serves.
    Ok(model.encoder.get_or_init(|| encoder))
}
