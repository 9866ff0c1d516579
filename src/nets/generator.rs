//! Generators: from a code to an image.

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation::leaky_relu},
};

use super::{
    config::{GeneratorConfig, TowerConfig},
    layers::{Convolution, Linear},
    weights::{Weights, WeightsError},
};

/// A deconvolution tower (Dosovitskiy & Brox 2016, "Generating images with perceptual similarity metrics based on deep
/// networks"): fully connected layers, then convolutions and transposed convolutions, a leaky ReLU after all but the
/// last, no normalisation.
#[derive(Module, Debug)]
pub struct Generator {
    linear: Vec<Linear>,
    base: [usize; 3],
    convolutions: Vec<Convolution>,
    code_scale: f32,
    negative_slope: f64,
}

impl GeneratorConfig {
    /// Builds the generator from its weights.
    ///
    /// # Errors
    /// [`WeightsError`] where an array is missing, superfluous or of another shape.
    pub fn init(&self, mut weights: Weights, device: &Device) -> Result<Generator, WeightsError> {
        let Self::DeconvolutionTower(tower) = self;
        let generator = tower.init(&mut weights, device)?;
        weights.finish()?;
        Ok(generator)
    }
}

impl TowerConfig {
    fn init(&self, weights: &mut Weights, device: &Device) -> Result<Generator, WeightsError> {
        let mut units = self.code;
        let mut linear = Vec::new();
        for layer in &self.linear {
            linear.push(layer.init(units, weights, device)?);
            units = layer.units;
        }
        let mut channels = self.base[0];
        let mut convolutions = Vec::new();
        for layer in &self.convolutions {
            convolutions.push(layer.init(channels, weights, device)?);
            channels = layer.channels;
        }
        Ok(Generator {
            linear,
            base: self.base,
            convolutions,
            code_scale: self.code_scale,
            negative_slope: f64::from(self.negative_slope),
        })
    }
}

impl Generator {
    /// A code `[batch, code]` to an image `[batch, 3, height, width]`, RGB; natural images lie in -1..=1, but the
    /// output is not clamped to it.
    pub fn forward(&self, code: Tensor<2>) -> Tensor<4> {
        let mut x = code * self.code_scale;
        for layer in &self.linear {
            x = leaky_relu(layer.forward(x), self.negative_slope);
        }
        let [channels, height, width] = self.base;
        let mut x: Tensor<4> = x.reshape([-1, channels as i32, height as i32, width as i32]);
        for (number, layer) in self.convolutions.iter().enumerate() {
            if number > 0 {
                x = leaky_relu(x, self.negative_slope);
            }
            x = layer.forward(x);
        }
        x
    }
}
