//! The objective: from codes to images to the activations that are climbed.

use std::{cell::OnceCell, rc::Rc};

use burn::tensor::{Device, Tensor, TensorData, activation::relu};

use super::{Natural, Statistics};
use crate::{
    nets::{Classifier, Generator, layer::Layer},
    spec::{Position, Prior, Unit},
};

/// Two networks and what joins them, all on one device.
///
/// Models of several classifiers of a pack share all but the classifier.
#[derive(Debug)]
pub struct Model {
    /// Draws images from codes.
    pub generator: Generator,
    /// Shape of its images, `[3, height, width]`.
    pub image: [usize; 3],
    /// Shape of the images that the classifier itself takes, which are what is climbed without a generator.
    pub own: [usize; 3],
    /// Name of the classifier in its pack: runs for another one are refused.
    pub name: String,
    /// Has the units.
    pub classifier: Rc<dyn Classifier>,
    /// Its layers from input to output.
    pub layers: Vec<Layer>,
    /// For each of its classes, where that one stands among the classes of the mean images.
    pub means: Vec<Option<usize>>,
    /// Between the two.
    pub normalisation: Normalisation,
    /// What codes are like.
    pub statistics: Statistics,
    /// Where codes come from; there once a run has needed it.
    pub encoder: Rc<OnceCell<Encoder>>,
    /// What is known of natural images; there once a run has needed it.
    pub natural: Rc<OnceCell<Natural>>,
    /// The device without autodiff: weights are constants.
    pub device: Device,
}

impl Model {
    /// The same generator with another classifier.
    pub fn with_classifier(
        &self,
        name: String,
        classifier: Rc<dyn Classifier>,
        own: [usize; 3],
        layers: Vec<Layer>,
        means: Vec<Option<usize>>,
        normalisation: Normalisation,
    ) -> Self {
        Self {
            generator: self.generator.clone(),
            image: self.image,
            own,
            name,
            classifier,
            layers,
            means,
            normalisation,
            statistics: self.statistics.clone(),
            encoder: self.encoder.clone(),
            natural: self.natural.clone(),
            device: self.device.clone(),
        }
    }
}

/// The network whose features the code is.
#[derive(Debug)]
pub struct Encoder {
    /// The network.
    pub classifier: Rc<dyn Classifier>,
    /// Name of the layer that is the code, after its rectification.
    pub layer: String,
    /// Between images and the network.
    pub normalisation: Normalisation,
}

impl Encoder {
    /// Whether it is a model's classifier itself.
    pub fn is(&self, model: &Model) -> bool {
        std::ptr::addr_eq(Rc::as_ptr(&self.classifier), Rc::as_ptr(&model.classifier))
    }

    /// Images `[batch, 3, height, width]` in -1..=1 to their codes `[batch, code]`.
    pub fn encode(&self, images: Tensor<4>) -> Tensor<2> {
        let seen = self.classifier.forward(self.normalisation.apply(images), &[&self.layer]);
        let [batch, ..] = seen.logits.dims();
        // The layer is one of the network's, so there is a tap; a code of nothing would fail at once elsewhere.
        let features = seen.taps.into_iter().next().unwrap_or_else(|| seen.logits.reshape([batch, 1, 1, 0]));
        relu(features).flatten(1, 3)
    }
}

/// From images in -1..=1 to the classifier's input: `x · scale + shift`, channel by channel.
#[derive(Debug, Clone)]
pub struct Normalisation {
    /// Scale and shift, `[1, 3, 1, 1]` each; `None` where images go in as they are.
    affine: Option<(Tensor<4>, Tensor<4>)>,
    values: Option<[[f32; 3]; 2]>,
}

impl Normalisation {
    /// For a classifier trained on `(x - mean) / std` of images in 0..=1.
    pub fn new(mean: [f32; 3], std: [f32; 3], device: &Device) -> Self {
        let values = Self::affine(mean, std);
        let tensor = |values: [f32; 3]| Tensor::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), device);
        Self { affine: values.map(|[scale, shift]| (tensor(scale), tensor(shift))), values }
    }

    /// Scale and shift of each channel for such a classifier; none where images go in as they are.
    pub fn affine(mean: [f32; 3], std: [f32; 3]) -> Option<[[f32; 3]; 2]> {
        // With x01 = (x + 1) / 2: (x01 - mean) / std = x · 1/(2 std) + (1/2 - mean)/std.
        let scale = std.map(|std| 0.5 / std);
        let shift = [0, 1, 2].map(|channel| (0.5 - mean[channel]) / std[channel]);
        (scale != [1.0; 3] || shift != [0.0; 3]).then_some([scale, shift])
    }

    /// Scale and shift of each channel; none where images go in as they are.
    pub fn values(&self) -> Option<[[f32; 3]; 2]> {
        self.values
    }

    /// Images `[batch, 3, height, width]` in -1..=1 to the classifier's input of the same shape.
    pub fn apply(&self, images: Tensor<4>) -> Tensor<4> {
        match &self.affine {
            Some((scale, shift)) => images * scale.clone() + shift.clone(),
            None => images,
        }
    }
}

/// What is climbed: for each run of a batch, a weighted sum of units.
#[derive(Debug, Clone)]
pub struct Objective {
    /// Whether a code is climbed, and not an image.
    draws: bool,
    /// A layer, and for each run the weight of every activation in it, `[batch, units, height, width]`.
    targets: Vec<(String, Tensor<4>)>,
    /// The layer that is the code, where the classifier is the encoder itself and the images' codes are wanted too.
    encodes: Option<String>,
}

/// What some runs climb, one list of units for each: a layer's name, and the weight of every activation in it,
/// `[runs, units, height, width]`. Layers that nobody climbs are left out.
pub fn masks(layers: &[Layer], runs: &[&[Unit]]) -> Vec<(String, [usize; 4], Vec<f32>)> {
    let mut masks = Vec::new();
    for layer in layers {
        let [height, width] = layer.map;
        let area = height * width;
        let mut mask = vec![0.0; runs.len() * layer.units * area];
        let mut any = false;
        for (run, units) in runs.iter().enumerate() {
            for unit in units.iter().filter(|unit| unit.layer == layer.name) {
                any = true;
                let channel = &mut mask[(run * layer.units + unit.index) * area..][..area];
                match unit.position {
                    Position::Centre => channel[height / 2 * width + width / 2] += unit.weight,
                    Position::At { row, column } => channel[row * width + column] += unit.weight,
                    Position::Mean => channel.iter_mut().for_each(|m| *m += unit.weight / area as f32),
                }
            }
        }
        if any {
            masks.push((layer.name.clone(), [runs.len(), layer.units, height, width], mask));
        }
    }
    masks
}

/// What the objective is made of at some codes.
#[derive(Debug)]
pub(super) struct Evaluation {
    pub(super) images: Tensor<4>,
    pub(super) activations: Tensor<1>,
    pub(super) logits: Tensor<2>,
    /// The codes of the images as the classifier saw them, where those are wanted.
    pub(super) own: Option<Tensor<2>>,
}

impl Objective {
    /// The objective of a batch of runs with the same prior, one list of units for each, whose names have been
    /// validated; a unit of a layer that the classifier does not have counts for nothing.
    ///
    /// Sums are written as a product with a mask: one operation a layer, however many units and runs there are, and its
    /// gradient is the mask itself.
    pub fn new(model: &Model, prior: &Prior, runs: &[&[Unit]]) -> Self {
        let mask = |(layer, shape, values)| (layer, Tensor::from_data(TensorData::new(values, shape), &model.device));
        let targets = masks(&model.layers, runs).into_iter().map(mask).collect();
        Self { draws: !prior.is_pixels(), targets, encodes: None }
    }

    /// Has the images' own codes read in the same pass, where the model's encoder is its classifier.
    pub(super) fn with_own_codes(mut self, model: &Model) -> Self {
        self.encodes = model.encoder.get().filter(|encoder| encoder.is(model)).map(|encoder| encoder.layer.clone());
        self
    }

    /// The objective of each run at its code: `[batch, code]` to `[batch]`.
    pub fn activations(&self, model: &Model, code: Tensor<2>) -> Tensor<1> {
        self.evaluate(model, code, |images| images).activations
    }

    /// The gradient of each run's objective with respect to its code, `[batch, code]`.
    pub fn gradient(&self, model: &Model, code: Tensor<2>) -> Tensor<2> {
        self.climb(model, code, |images| images).1
    }

    /// What the objective is made of at some codes, and its gradient there. The sum over the batch has each run's own
    /// gradient in that run's row, since no run sees another's code.
    pub(super) fn climb(
        &self,
        model: &Model,
        code: Tensor<2>,
        look: impl FnOnce(Tensor<4>) -> Tensor<4>,
    ) -> (Evaluation, Tensor<2>) {
        let leaf = code.clone().autodiff().require_grad();
        let seen = self.evaluate(model, leaf.clone(), look);
        let gradients = seen.activations.clone().sum().backward();
        let gradient = leaf.grad(&gradients).unwrap_or_else(|| code.zeros_like());
        let Evaluation { images, activations, logits, own } = seen;
        let seen = Evaluation {
            images: images.inner(),
            activations: activations.inner(),
            logits: logits.inner(),
            own: own.map(Tensor::inner),
        };
        (seen, gradient)
    }

    /// Draws and scores codes `[batch, code]`. Images are clamped to -1..=1 before the classifier sees them, so that
    /// what it judges is what is shown, and looked at as `look` says.
    pub(super) fn evaluate(
        &self,
        model: &Model,
        code: Tensor<2>,
        look: impl FnOnce(Tensor<4>) -> Tensor<4>,
    ) -> Evaluation {
        let images = if self.draws {
            model.generator.forward(code)
        } else {
            let [channels, height, width] = model.own;
            code.reshape([-1, channels as i32, height as i32, width as i32])
        };
        let images = images.clamp(-1.0, 1.0);
        let names = self.targets.iter().map(|(name, _)| name.as_str());
        let names: Vec<_> = names.chain(self.encodes.as_deref()).collect();
        let mut seen = model.classifier.forward(model.normalisation.apply(look(images.clone())), &names);
        let own = self.encodes.as_ref().and_then(|_| seen.taps.pop()).map(|tap| relu(tap).flatten(1, 3));
        let sums = seen
            .taps
            .into_iter()
            .zip(&self.targets)
            .map(|(tap, (_, mask))| (tap * mask.clone()).sum_dims_squeeze::<1, _>(&[1, 2, 3]));
        let activations =
            sums.reduce(|a, b| a + b).unwrap_or_else(|| images.clone().sum_dims_squeeze(&[1, 2, 3]) * 0.0);
        Evaluation { images, activations, logits: seen.logits, own }
    }
}
