//! A classifier as something that looks at images, batch by batch.

use std::rc::Rc;

use burn::tensor::{Device, Tensor, TensorData, activation::relu};

use super::features_of;
use crate::{
    engine::Model,
    nets::{Forward, config::LayerKind},
    pack::manifest::ClassifierEntry,
};

/// Images that are looked at together.
pub(super) const BATCH: usize = 50;

/// A classifier with the names that are needed to look through it.
#[derive(Debug)]
pub struct Viewer {
    model: Rc<Model>,
    /// Ids of its classes, in the order of its output units.
    pub classes: Vec<String>,
    /// Names of its convolutional layers.
    pub convolutions: Vec<String>,
    /// The layer before the output.
    features: String,
}

impl Viewer {
    /// A viewer of images through the classifier of `model`.
    pub fn new(model: Rc<Model>, entry: &ClassifierEntry) -> Self {
        let convolutions = entry.layers.iter().filter(|layer| layer.kind == LayerKind::Convolutional);
        Self {
            model,
            classes: entry.classes.iter().map(|class| class.id.clone()).collect(),
            convolutions: convolutions.map(|layer| layer.name.clone()).collect(),
            features: features_of(entry).to_owned(),
        }
    }

    /// Where it computes.
    pub fn device(&self) -> Device {
        self.model.device.clone()
    }

    /// Looks at images `[3 · height · width]` in -1..=1, all at once.
    pub fn look(&self, images: &[Vec<f32>], taps: &[&str]) -> Forward {
        let [channels, height, width] = self.model.image;
        let data = TensorData::new(images.concat(), [images.len(), channels, height, width]);
        let images = Tensor::from_data(data, &self.model.device);
        self.model.classifier.forward(self.model.normalisation.apply(images), taps)
    }

    /// Logits of images, `[classes]` each.
    pub fn logits(&self, images: &[Vec<f32>]) -> Vec<Vec<f32>> {
        images.chunks(BATCH).flat_map(|part| rows(self.look(part, &[]).logits)).collect()
    }

    /// Logits, and the rectified features before them.
    pub fn logits_and_features(&self, images: &[Vec<f32>]) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
        let (mut logits, mut features) = (Vec::new(), Vec::new());
        for part in images.chunks(BATCH) {
            let seen = self.look(part, &[&self.features]);
            logits.extend(rows(seen.logits));
            features.extend(seen.taps.into_iter().flat_map(|tap| rows(relu(tap).flatten::<2>(1, 3))));
        }
        (logits, features)
    }
}

/// The rows of a matrix, read back.
pub(super) fn rows(matrix: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, columns] = matrix.dims();
    let values: Vec<f32> = matrix.into_data().try_to_vec().unwrap_or_default();
    values.chunks(columns.max(1)).map(<[f32]>::to_vec).collect()
}
