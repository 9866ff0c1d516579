//! How strongly real images excite a classifier's units: what a synthetic image's activation is measured against.

use super::{
    PackError,
    load::{Source, verified},
    manifest::ClassifierEntry,
    safetensors,
};
use crate::{
    nets::layer::LayerKind,
    nets::weights::Weights,
    spec::{Position, Unit},
};

/// How many images' activations are kept for each unit.
pub const STRONGEST: usize = 5;

/// For every unit, the [`STRONGEST`] activations over the validation images, strongest first. Numbers alone: a pack
/// holds no picture of a data set.
///
/// The file holds `LAYER`, `[units, 5]`, for a layer without positions, and for a convolutional one `LAYER.centre` and
/// `LAYER.mean`: its channels at the centre of the feature map, and their means over it, before the rectification.
#[derive(Debug)]
pub struct Strongest {
    arrays: std::collections::BTreeMap<String, Vec<f32>>,
}

impl Strongest {
    /// Reads and checks the file of a classifier; `None` where the pack has none.
    ///
    /// # Errors
    /// [`PackError`].
    pub async fn load(source: &impl Source, classifier: &ClassifierEntry) -> Result<Option<Self>, PackError> {
        let Some(entry) = &classifier.strongest else {
            return Ok(None);
        };
        let bytes = verified(source, entry, &mut |_| {}).await?;
        let weights = safetensors::read(&entry.file, &bytes)?;
        Self::new(weights, classifier)
            .map(Some)
            .map_err(|error| PackError::Misfit { file: entry.file.clone(), reason: Box::new(error.into()) })
    }

    fn new(mut weights: Weights, classifier: &ClassifierEntry) -> Result<Self, crate::nets::weights::WeightsError> {
        let mut arrays = std::collections::BTreeMap::new();
        for layer in &classifier.layers {
            let readings = match layer.kind {
                LayerKind::Convolutional => vec![format!("{}.centre", layer.name), format!("{}.mean", layer.name)],
                LayerKind::FullyConnected | LayerKind::Output => vec![layer.name.clone()],
            };
            for name in readings {
                let values = weights.take_values(&name, &[layer.units, STRONGEST])?;
                arrays.insert(name, values);
            }
        }
        weights.finish()?;
        Ok(Self { arrays })
    }

    /// A unit's strongest activations, strongest first; empty for a position that was not recorded.
    pub fn of(&self, unit: &Unit) -> &[f32] {
        let centre = format!("{}.centre", unit.layer);
        let array = match unit.position {
            Position::Centre => self.arrays.get(&centre).or_else(|| self.arrays.get(&unit.layer)),
            Position::Mean => self.arrays.get(&format!("{}.mean", unit.layer)),
            Position::At { .. } => None,
        };
        array.and_then(|values| values.chunks(STRONGEST).nth(unit.index)).unwrap_or_default()
    }
}
