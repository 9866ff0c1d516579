//! What every classifier can do, whatever its layers.

use burn::tensor::{Device, Tensor};

use super::{
    config::ClassifierConfig,
    weights::{Weights, WeightsError},
};

/// A classifier whose units can be read on the way: its layers are those of
/// [`ClassifierConfig::check`](super::config::ClassifierConfig::check).
pub trait Classifier: std::fmt::Debug {
    /// Runs images `[batch, 3, height, width]`, normalised as the network was trained, through to the logits, and reads
    /// the activations of the layers in `taps` on the way, each of which is in the list of layers.
    fn forward(&self, images: Tensor<4>, taps: &[&str]) -> Forward;
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Forward {
    /// `[batch, classes]`, before the softmax.
    pub logits: Tensor<2>,
    /// For each tap in order, `[batch, units, height, width]`; `[batch, units, 1, 1]` for layers without positions.
    /// Convolutional units are read before their rectification, which is flat where a unit is off.
    pub taps: Vec<Tensor<4>>,
}

impl ClassifierConfig {
    /// Builds the classifier for images of `image`, `[channels, height, width]`, from its weights.
    ///
    /// # Errors
    /// [`WeightsError`] where an array is missing, superfluous or of another shape, or where no network has that shape.
    pub fn init(
        &self,
        image: [usize; 3],
        mut weights: Weights,
        device: &Device,
    ) -> Result<Box<dyn Classifier>, WeightsError> {
        let network: Box<dyn Classifier> = match self {
            Self::Caffenet(caffenet) => Box::new(caffenet.init(caffenet.features(image)?, &mut weights, device)?),
            Self::Resnet(resnet) => Box::new(resnet.init(&mut weights, device)?),
        };
        weights.finish()?;
        Ok(network)
    }
}

/// Collects the activations asked for, in the order asked for.
pub(super) struct Taps<'a> {
    wanted: &'a [&'a str],
    found: Vec<Option<Tensor<4>>>,
}

impl<'a> Taps<'a> {
    pub(super) fn new(wanted: &'a [&'a str]) -> Self {
        Self { wanted, found: vec![None; wanted.len()] }
    }

    /// Keeps a feature map `[batch, units, height, width]` if its layer is wanted.
    pub(super) fn see(&mut self, layer: &str, x: &Tensor<4>) {
        for (wanted, found) in self.wanted.iter().zip(&mut self.found) {
            if *wanted == layer {
                *found = Some(x.clone());
            }
        }
    }

    /// The same for a layer without positions, `[batch, units]`.
    pub(super) fn see_flat(&mut self, layer: &str, x: &Tensor<2>) {
        let [batch, units] = x.dims();
        if self.wanted.contains(&layer) {
            self.see(layer, &x.clone().reshape([batch, units, 1, 1]));
        }
    }

    pub(super) fn finish(self, logits: Tensor<2>) -> Forward {
        Forward { logits, taps: self.found.into_iter().flatten().collect() }
    }
}
