//! CaffeNet (Jia et al. 2014), the classifier and encoder of DGN-AM, for images of any size.

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation::relu},
};

use super::{
    classifier::{Classifier, Forward, Taps},
    config::CaffeNetConfig,
    layers::{Convolution, Linear, pool},
    weights::{Weights, WeightsError},
};

/// Convolutions and poolings, then fully connected layers, a ReLU after all but the last.
#[derive(Module, Debug)]
pub struct CaffeNet {
    convolutions: Vec<Convolution>,
    linear: Vec<Linear>,
    #[module(skip)]
    config: CaffeNetConfig,
}

impl CaffeNetConfig {
    /// Builds the network from its weights in PyTorch's layouts, for images whose last feature map has `features`
    /// values; the first fully connected layer reads them in the order channel, row, column.
    ///
    /// # Errors
    /// [`WeightsError`] where an array is missing or of another shape.
    pub fn init(&self, features: usize, weights: &mut Weights, device: &Device) -> Result<CaffeNet, WeightsError> {
        let (mut channels, mut convolutions) = (3, Vec::new());
        for layer in &self.convolutions {
            convolutions.push(layer.init(channels, weights, device)?);
            channels = layer.channels;
        }
        let (mut units, mut linear) = (features, Vec::new());
        for layer in &self.linear {
            linear.push(layer.init(units, weights, device)?);
            units = layer.units;
        }
        Ok(CaffeNet { convolutions, linear, config: self.clone() })
    }
}

impl Classifier for CaffeNet {
    fn forward(&self, images: Tensor<4>, taps: &[&str]) -> Forward {
        let mut taps = Taps::new(taps);
        let mut x = images;
        for (config, layer) in self.config.convolutions.iter().zip(&self.convolutions) {
            let y = layer.forward(x);
            taps.see(&config.name, &y);
            x = relu(y);
            if self.config.pooled.contains(&config.name) {
                x = pool(x);
            }
        }
        let mut x = x.flatten::<2>(1, 3);
        for (number, (config, layer)) in self.config.linear.iter().zip(&self.linear).enumerate() {
            if number > 0 {
                x = relu(x);
            }
            x = layer.forward(x);
            taps.see_flat(&config.name, &x);
        }
        taps.finish(x)
    }
}
