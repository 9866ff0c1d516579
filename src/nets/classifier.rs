//! What every classifier can do, whatever its layers.

use std::rc::Rc;

use burn::tensor::{Device, Tensor};

use super::{
    config::ClassifierConfig,
    error::NetworkError,
    graph::{Network, Outputs, Shape},
    weights::Weights,
};

/// A classifier whose units can be read on the way: its layers are those of
/// [`ClassifierConfig::check`](super::config::ClassifierConfig::check).
pub trait Classifier: std::fmt::Debug {
    /// Runs images `[batch, 3, height, width]`, normalised as the network was trained, through to the logits, and reads
    /// the activations of the layers in `taps` on the way, each of which is in the list of layers. Images are of the pack's
    /// size, or of the network's own where that is another; those are not [viewed](Self::view) first.
    fn forward(&self, images: Tensor<4>, taps: &[&str]) -> Forward;

    /// What the network sees of images `[batch, 3, height, width]` of the pack's size, `[batch, 3, height', width']` of its
    /// own.
    fn view(&self, images: Tensor<4>) -> Tensor<4>;

    /// The network itself, for whoever computes it by other means.
    fn network(&self) -> &Network;
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
    /// [`NetworkError`] where an array is missing, superfluous or of another shape, or where the configuration is not that of
    /// a network [for such images](Self::check).
    pub fn init(
        &self,
        image: [usize; 3],
        weights: Weights,
        device: &Device,
    ) -> Result<Rc<dyn Classifier>, NetworkError> {
        let (graph, _) = self.checked(image)?;
        Ok(Rc::new(graph.init(weights, device)?))
    }
}

impl Classifier for Network {
    fn forward(&self, images: Tensor<4>, taps: &[&str]) -> Forward {
        let [_, channels, height, width] = images.dims();
        let own = self.graph().view() == Some(Shape::map(channels, height, width));
        let Outputs { output, taps } =
            if own { self.forward_behind_first(images, taps) } else { Network::forward(self, images, taps) };
        Forward { logits: output.flatten::<2>(1, 3), taps }
    }

    fn view(&self, images: Tensor<4>) -> Tensor<4> {
        match self.graph().view() {
            Some(_) => self.first(images),
            None => images,
        }
    }

    fn network(&self) -> &Network {
        self
    }
}
