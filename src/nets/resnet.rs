//! Residual networks of basic blocks (He et al. 2016), with batch normalisation folded into the convolutions.

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation::relu},
};

use super::{
    classifier::{Classifier, Forward, Taps},
    config::{LinearConfig, ResNetConfig},
    layers::{Convolution, Linear, pool},
    weights::{Weights, WeightsError},
};

/// A residual network: a convolution and pooling, stages of basic blocks, average pooling, one linear layer.
#[derive(Module, Debug)]
pub struct ResNet {
    stem: Convolution,
    blocks: Vec<Block>,
    fc: Linear,
    #[module(skip)]
    names: Vec<String>,
}

/// Two 3×3 convolutions and a shortcut around them.
#[derive(Module, Debug)]
struct Block {
    conv1: Convolution,
    conv2: Convolution,
    downsample: Option<Convolution>,
}

impl ResNetConfig {
    /// Builds the network from its weights, PyTorch's layouts under torchvision's names, each convolution with the bias
    /// that its folded batch normalisation left.
    ///
    /// # Errors
    /// [`WeightsError`] where an array is missing or of another shape.
    pub fn init(&self, weights: &mut Weights, device: &Device) -> Result<ResNet, WeightsError> {
        let stem = self.stem.init(3, weights, device)?;
        let mut channels = self.stem.channels;
        let (mut blocks, mut names) = (Vec::new(), Vec::new());
        for (number, stage) in self.stages.iter().enumerate() {
            for block in 0..stage.blocks {
                let name = format!("layer{}.{block}", number + 1);
                let stride = if block == 0 { stage.stride } else { 1 };
                let [first, second] = Self::block(&name, stage.channels, stride);
                let projection = Self::projection(&name, stage.channels, stride);
                let projected = self.needs_projection(number, block);
                blocks.push(Block {
                    conv1: first.init(channels, weights, device)?,
                    conv2: second.init(stage.channels, weights, device)?,
                    downsample: projected.then(|| projection.init(channels, weights, device)).transpose()?,
                });
                names.push(name);
                channels = stage.channels;
            }
        }
        let fc = LinearConfig { name: "fc".into(), units: self.classes };
        Ok(ResNet { stem, blocks, fc: fc.init(channels, weights, device)?, names })
    }
}

impl Block {
    /// The sum of both ways, before its rectification.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.conv2.forward(relu(self.conv1.forward(x.clone())));
        match &self.downsample {
            Some(downsample) => y + downsample.forward(x),
            None => y + x,
        }
    }
}

impl Classifier for ResNet {
    fn forward(&self, images: Tensor<4>, taps: &[&str]) -> Forward {
        let mut taps = Taps::new(taps);
        let x = self.stem.forward(images);
        taps.see("conv1", &x);
        let mut x = pool(relu(x));
        for (name, block) in self.names.iter().zip(&self.blocks) {
            let y = block.forward(x);
            taps.see(name, &y);
            x = relu(y);
        }
        let features = x.mean_dims(&[2, 3]).flatten::<2>(1, 3);
        taps.see_flat("avgpool", &features);
        let logits = self.fc.forward(features);
        taps.see_flat("fc", &logits);
        taps.finish(logits)
    }
}
