//! A classifier as evaluation looks through it, batch by batch.

use burn::tensor::{Device, Tensor, activation::relu};

use crate::{
    engine::{EngineError, Judge},
    nets::{Forward, layer::LayerKind},
    pack::{
        disk::Folder,
        manifest::{ClassifierEntry, Manifest},
    },
};

/// Images that are looked at together.
pub(super) const BATCH: usize = 50;

/// A classifier with the names that are needed to look through it.
#[derive(Debug)]
pub struct Viewer {
    network: Judge,
    /// Ids of its classes, in the order of its output units.
    pub classes: Vec<String>,
    /// Names of its convolutional layers.
    pub convolutions: Vec<String>,
    /// The layer before the output, where realism is measured.
    features: String,
}

impl Viewer {
    /// A viewer of images through a classifier of the pack in a folder.
    ///
    /// # Errors
    /// [`EngineError::Pack`].
    pub fn load(
        folder: &Folder,
        manifest: &Manifest,
        entry: &ClassifierEntry,
        device: &Device,
    ) -> Result<Self, EngineError> {
        let layers = |kind: LayerKind| entry.layers.iter().filter(move |layer| layer.kind == kind);
        let features = layers(LayerKind::FullyConnected).next_back();
        Ok(Self {
            network: pollster::block_on(Judge::load(folder, manifest, entry, device))?,
            classes: entry.classes.iter().map(|class| class.id.clone()).collect(),
            convolutions: layers(LayerKind::Convolutional).map(|layer| layer.name.clone()).collect(),
            features: features.map(|layer| layer.name.clone()).unwrap_or_default(),
        })
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.network.device
    }

    /// Looks at images `[3 · height · width]` in -1..=1, all at once.
    pub fn look(&self, images: &[Vec<f32>], taps: &[&str]) -> Forward {
        self.network.forward(images.concat(), taps)
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
