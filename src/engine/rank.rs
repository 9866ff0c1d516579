//! How strongly images excite units, without any ascent.

use burn::tensor::{Tensor, TensorData};

use super::{EngineError, session};
use crate::{
    ascent::{Model, Objective},
    pack::manifest::Manifest,
    spec::{Prior, RunSpec, Unit},
};

/// Images looked at together.
const BATCH: usize = 16;

/// The weighted sum of some units' activations for each of some images, `[3 · height · width]` in -1..=1 each.
///
/// # Errors
/// [`EngineError::Spec`] for units that the model's classifier does not have, [`EngineError::Batch`] for an image of another
/// size, [`EngineError::Readback`] where the device fails.
pub async fn rank(
    manifest: &Manifest,
    model: &Model,
    units: &[Unit],
    images: &[Vec<f32>],
) -> Result<Vec<f32>, EngineError> {
    let first = units.first().cloned().ok_or(crate::spec::SpecError::UnitCount { found: 0 })?;
    let spec = RunSpec::with_prior(manifest, first, Prior::NONE);
    RunSpec { classifier: model.name.clone(), units: units.to_vec(), ..spec }.validate(manifest)?;
    let pixels: usize = model.image.iter().product();
    if images.iter().any(|image| image.len() != pixels) {
        return Err(crate::ascent::BatchError::NoImage.into());
    }
    let mut activations = Vec::new();
    for part in images.chunks(BATCH) {
        let objective = Objective::new(model, &Prior::NONE, &vec![units; part.len()]);
        let [channels, height, width] = model.image;
        let data = TensorData::new(part.concat(), [part.len(), channels, height, width]);
        let seen = model.classifier.view(Tensor::from_data(data, &model.device));
        let found = objective.activations(model, seen.flatten(1, 3));
        activations.extend(session::rows(found.unsqueeze_dim(0)).await?.concat());
    }
    Ok(activations)
}
