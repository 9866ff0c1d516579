//! A classifier as evaluation looks through it, batch by batch.

use burn::tensor::{Device, Tensor, activation::relu};

use crate::{
    engine::{EngineError, Judge, session},
    nets::{Forward, layer::LayerKind},
    pack::manifest::ClassifierEntry,
};

/// The rows of a matrix.
pub type Rows = Vec<Vec<f32>>;

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
    /// A viewer of images through a classifier.
    pub(super) fn new(entry: &ClassifierEntry, network: Judge) -> Self {
        let layers = |kind: LayerKind| entry.layers.iter().filter(move |layer| layer.kind == kind);
        let features = layers(LayerKind::FullyConnected).next_back();
        Self {
            network,
            classes: entry.classes.iter().map(|class| class.id.clone()).collect(),
            convolutions: layers(LayerKind::Convolutional).map(|layer| layer.name.clone()).collect(),
            features: features.map(|layer| layer.name.clone()).unwrap_or_default(),
        }
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
    ///
    /// # Errors
    /// [`EngineError::Readback`] where the device fails.
    pub fn logits(&self, images: &[Vec<f32>]) -> Result<Rows, EngineError> {
        let mut logits = Vec::new();
        for part in images.chunks(BATCH) {
            logits.extend(rows(self.look(part, &[]).logits)?);
        }
        Ok(logits)
    }

    /// Logits, and the rectified features before them.
    ///
    /// # Errors
    /// [`EngineError::Readback`] where the device fails.
    pub fn logits_and_features(&self, images: &[Vec<f32>]) -> Result<(Rows, Rows), EngineError> {
        let (mut logits, mut features) = (Vec::new(), Vec::new());
        for part in images.chunks(BATCH) {
            let seen = self.look(part, &[&self.features]);
            logits.extend(rows(seen.logits)?);
            for tap in seen.taps {
                features.extend(rows(relu(tap).flatten::<2>(1, 3))?);
            }
        }
        Ok((logits, features))
    }
}

/// The rows of a matrix, read back.
///
/// # Errors
/// [`EngineError::Readback`] where the device fails.
pub(super) fn rows(matrix: Tensor<2>) -> Result<Rows, EngineError> {
    pollster::block_on(session::rows(matrix))
}

#[cfg(test)]
pub(super) mod tests {
    use burn::tensor::FloatDType;

    use super::*;

    /// A tensor whose numbers cannot be read back, since they are not of the kind that is asked for.
    pub(in crate::evaluate) fn unreadable<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
        tensor.cast(FloatDType::F64)
    }

    #[test]
    fn a_matrix_that_cannot_be_read_back_is_an_error_and_not_empty() {
        let matrix = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &Device::flex());
        assert_eq!(rows(matrix.clone()).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
        assert!(matches!(rows(unreadable(matrix)), Err(EngineError::Readback { .. })));
    }
}
