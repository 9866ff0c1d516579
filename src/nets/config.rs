//! The networks' shapes as plain data, as a pack's manifest states them.
//!
//! No tensor appears here, so that the page can read a manifest without linking Burn. A configuration comes from a file
//! that anyone may have written: their `check` refuses shapes that could exhaust memory or make a layer
//! impossible before a network is built from it.

use serde::{Deserialize, Serialize};

/// Largest number of channels or units of one layer.
pub const MAX_WIDTH: usize = 16_384;
/// Largest side of an image or feature map, in pixels.
pub const MAX_SIDE: usize = 512;
/// Most layers that a tower may state.
const MAX_LAYERS: usize = 1024;
/// Most values that one network may hold; 64 Mi.
pub const MAX_PARAMETERS: usize = 1 << 26;

/// A configuration that no network can be built from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ShapeError {
    what: String,
}

impl ShapeError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

/// A generator: a code `[batch, code]` in, an image `[batch, 3, height, width]` in -1..=1 out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GeneratorConfig {
    /// Fully connected layers, then convolutions and transposed convolutions; the DeePSiM tower.
    DeconvolutionTower(TowerConfig),
}

/// Shape of a deconvolution tower (Dosovitskiy & Brox 2016): every layer but the last is followed by a leaky ReLU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TowerConfig {
    /// Units of the code.
    pub code: usize,
    /// Factor on the code before the first layer.
    pub code_scale: f32,
    /// Slope of the leaky ReLU for negative values.
    pub negative_slope: f32,
    /// Fully connected layers in order; the last one's units are `base`'s product.
    pub linear: Vec<LinearConfig>,
    /// `[channels, height, width]` that the last fully connected layer's output is reshaped to.
    pub base: [usize; 3],
    /// Convolutions in order.
    pub convolutions: Vec<ConvolutionConfig>,
    /// Residual blocks between them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub residual: Vec<ResidualConfig>,
}

/// A residual block `x + c1(leaky(c0(x)))` of two 3×3 convolutions that keep the channels; its sum is not rectified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidualConfig {
    /// Name of the block; its convolutions are `NAME.0` and `NAME.1`.
    pub name: String,
    /// Name of the convolution that it stands before.
    pub before: String,
}

impl ResidualConfig {
    /// Its convolutions, for so many channels.
    pub(crate) fn convolutions(&self, channels: usize) -> [ConvolutionConfig; 2] {
        [0, 1].map(|number| ConvolutionConfig {
            name: format!("{}.{number}", self.name),
            transposed: false,
            channels,
            kernel: 3,
            stride: 1,
            padding: 1,
        })
    }
}

/// A fully connected layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearConfig {
    /// Name of the layer, the prefix of its tensors in the weights file.
    pub name: String,
    /// Units of its output.
    pub units: usize,
}

/// A convolution or transposed convolution with a square kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvolutionConfig {
    /// Name of the layer, the prefix of its tensors in the weights file.
    pub name: String,
    /// Whether it is a transposed convolution.
    #[serde(default)]
    pub transposed: bool,
    /// Channels of its output.
    pub channels: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Stride.
    pub stride: usize,
    /// Padding on each side.
    pub padding: usize,
}

/// A classifier: an image `[batch, 3, height, width]`, normalised as the pack says, in; logits `[batch, classes]` out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClassifierConfig {
    /// Convolutions, some followed by a pooling, then fully connected layers: CaffeNet (Jia et al. 2014), which is
    /// AlexNet with pooling and normalisation swapped.
    Caffenet(CaffeNetConfig),
    /// A residual network of basic blocks (He et al. 2016), batch normalisation folded into the convolutions.
    Resnet(ResNetConfig),
    /// EfficientNet-Lite (Tan & Le 2019), batch normalisation folded into the convolutions.
    EfficientnetLite(EfficientNetLite),
}

/// Which EfficientNet-Lite: factors on the numbers of EfficientNet-B0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EfficientNetLite {
    /// Factor on the stages' channels.
    pub width: f64,
    /// Factor on the stages' blocks, of all but the first and the last stage.
    pub depth: f64,
    /// Units of the output.
    pub classes: usize,
}

/// Shape of a CaffeNet. Every layer but the last is followed by a ReLU, and there is no normalisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaffeNetConfig {
    /// The convolutions in order, `conv1`, `conv2`, …
    pub convolutions: Vec<ConvolutionConfig>,
    /// Names of the convolutions that a 3×3 maximum pooling of stride 2 and padding 1 follows, after the ReLU.
    pub pooled: Vec<String>,
    /// The fully connected layers in order, `fc6`, `fc7`, …; the last one's units are the classes.
    pub linear: Vec<LinearConfig>,
}

/// Shape of a residual network of basic blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResNetConfig {
    /// The first convolution, `conv1`; a 3×3 maximum pooling of stride 2 follows it.
    pub stem: ConvolutionConfig,
    /// The stages `layer1`, `layer2`, …
    pub stages: Vec<StageConfig>,
    /// Units of the last layer, `fc`.
    pub classes: usize,
}

/// One stage of a residual network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageConfig {
    /// Number of basic blocks.
    pub blocks: usize,
    /// Channels of their output.
    pub channels: usize,
    /// Stride of the first block.
    pub stride: usize,
}

/// A layer of a classifier whose units can be climbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// What its units are.
    pub kind: LayerKind,
    /// Number of units; of channels in a convolutional layer.
    pub units: usize,
    /// Height and width of its feature map; `[1, 1]` for layers that have none.
    pub map: [usize; 2],
}

/// What the units of a layer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Channels of a feature map, read before the rectification that follows the layer.
    Convolutional,
    /// Features without position.
    FullyConnected,
    /// Logits, one for each class.
    Output,
}

impl Layer {
    fn convolutional(name: impl Into<String>, [units, height, width]: [usize; 3]) -> Self {
        Self { name: name.into(), kind: LayerKind::Convolutional, units, map: [height, width] }
    }

    fn flat(name: &str, kind: LayerKind, units: usize) -> Self {
        Self { name: name.into(), kind, units, map: [1, 1] }
    }
}

/// Side of a convolution's output, or `None` where the kernel does not fit.
pub(crate) fn convolved(side: usize, layer: &ConvolutionConfig) -> Option<usize> {
    if layer.transposed {
        ((side.checked_sub(1)?) * layer.stride + layer.kernel).checked_sub(2 * layer.padding)
    } else {
        Some((side + 2 * layer.padding).checked_sub(layer.kernel)? / layer.stride + 1)
    }
}

/// Counts parameters and refuses what is out of proportion.
struct Tally {
    parameters: usize,
}

impl Tally {
    fn width(&self, name: &str, width: usize) -> Result<(), ShapeError> {
        if (1..=MAX_WIDTH).contains(&width) {
            return Ok(());
        }
        Err(ShapeError::new(format!("layer {name} is {width} wide, but 1 to {MAX_WIDTH} are possible")))
    }

    fn add(&mut self, name: &str, weights: usize, biases: usize) -> Result<(), ShapeError> {
        self.parameters = self.parameters.saturating_add(weights).saturating_add(biases);
        if self.parameters <= MAX_PARAMETERS {
            return Ok(());
        }
        Err(ShapeError::new(format!("up to layer {name} the network has more than {MAX_PARAMETERS} parameters")))
    }

    fn linear(&mut self, inputs: usize, layer: &LinearConfig) -> Result<usize, ShapeError> {
        self.width(&layer.name, layer.units)?;
        self.add(&layer.name, inputs.saturating_mul(layer.units), layer.units)?;
        Ok(layer.units)
    }

    fn convolution(
        &mut self,
        [channels, height, width]: [usize; 3],
        layer: &ConvolutionConfig,
    ) -> Result<[usize; 3], ShapeError> {
        self.width(&layer.name, layer.channels)?;
        if !(1..=15).contains(&layer.kernel) || !(1..=8).contains(&layer.stride) || layer.padding >= layer.kernel {
            return Err(ShapeError::new(format!(
                "layer {} has kernel {}, stride {}, padding {}, which does not make a convolution",
                layer.name, layer.kernel, layer.stride, layer.padding
            )));
        }
        let weights = channels.saturating_mul(layer.channels).saturating_mul(layer.kernel * layer.kernel);
        self.add(&layer.name, weights, layer.channels)?;
        match (convolved(height, layer), convolved(width, layer)) {
            (Some(h @ 1..=MAX_SIDE), Some(w @ 1..=MAX_SIDE)) => Ok([layer.channels, h, w]),
            _ => Err(ShapeError::new(format!("layer {} does not fit on a {height}×{width} input", layer.name))),
        }
    }
}

impl GeneratorConfig {
    /// Names of its transposed convolutions.
    pub fn transposed(&self) -> Vec<String> {
        let Self::DeconvolutionTower(tower) = self;
        tower.convolutions.iter().filter(|layer| layer.transposed).map(|layer| layer.name.clone()).collect()
    }

    /// Units of the code.
    pub fn code(&self) -> usize {
        let Self::DeconvolutionTower(tower) = self;
        tower.code
    }

    /// Shape `[channels, height, width]` of the images it draws, and the number of its parameters.
    ///
    /// # Errors
    /// A sentence for shapes that fit no network.
    pub fn check(&self) -> Result<([usize; 3], usize), ShapeError> {
        let Self::DeconvolutionTower(tower) = self;
        let mut tally = Tally { parameters: 0 };
        tally.width("code", tower.code)?;
        if !(tower.code_scale.is_finite() && tower.code_scale > 0.0 && tower.negative_slope.is_finite()) {
            return Err(ShapeError::new("code_scale and negative_slope have to be numbers, code_scale above 0"));
        }
        let mut units = tower.code;
        for layer in &tower.linear {
            units = tally.linear(units, layer)?;
        }
        let [channels, height, width] = tower.base;
        if channels.checked_mul(height).and_then(|n| n.checked_mul(width)) != Some(units) {
            return Err(ShapeError::new(format!(
                "{units} units cannot be reshaped to the base {channels}×{height}×{width}"
            )));
        }
        if tower.linear.len() + tower.convolutions.len() + tower.residual.len() > MAX_LAYERS {
            return Err(ShapeError::new(format!("the generator has more than {MAX_LAYERS} layers")));
        }
        let known = |name: &String| tower.convolutions.iter().any(|layer| layer.name == *name);
        if let Some(lost) = tower.residual.iter().find(|block| !known(&block.before)) {
            return Err(ShapeError::new(format!(
                "the block {} stands before {}, which is not one of the convolutions",
                lost.name, lost.before
            )));
        }
        let mut shape = tower.base;
        for layer in &tower.convolutions {
            for block in tower.residual.iter().filter(|block| block.before == layer.name) {
                for inner in block.convolutions(shape[0]) {
                    shape = tally.convolution(shape, &inner)?;
                }
            }
            shape = tally.convolution(shape, layer)?;
        }
        if shape[0] != 3 || tower.convolutions.is_empty() {
            return Err(ShapeError::new(format!("the generator ends in {} channels instead of 3", shape[0])));
        }
        Ok((shape, tally.parameters))
    }
}

impl ClassifierConfig {
    /// Number of classes.
    pub fn classes(&self) -> usize {
        match self {
            Self::Caffenet(caffenet) => caffenet.linear.last().map_or(0, |layer| layer.units),
            Self::Resnet(resnet) => resnet.classes,
            Self::EfficientnetLite(lite) => lite.classes,
        }
    }

    /// The layers whose units can be climbed, from input to output, for images `[channels, height, width]`, and the
    /// number of the network's parameters.
    ///
    /// # Errors
    /// A sentence for shapes that fit no network.
    pub fn check(&self, image: [usize; 3]) -> Result<(Vec<Layer>, usize), ShapeError> {
        match self {
            Self::Caffenet(caffenet) => caffenet.check(image),
            Self::Resnet(resnet) => resnet.check(image),
            Self::EfficientnetLite(lite) => lite.check(image),
        }
    }
}

/// Largest factor on the width or depth of an EfficientNet-Lite.
const MAX_FACTOR: f64 = 8.0;

impl EfficientNetLite {
    fn check(self, [channels, height, width]: [usize; 3]) -> Result<(Vec<Layer>, usize), ShapeError> {
        if channels != 3 || ![self.width, self.depth].iter().all(|&factor| factor > 0.0 && factor <= MAX_FACTOR) {
            return Err(ShapeError::new(format!(
                "an EfficientNet-Lite of width {} and depth {} for {channels} channels cannot be built",
                self.width, self.depth
            )));
        }
        if !(1..=MAX_WIDTH).contains(&self.classes) || height > MAX_SIDE || width > MAX_SIDE {
            return Err(ShapeError::new(format!(
                "{} classes of images of {height}×{width}; 1 to {MAX_WIDTH} classes and {MAX_SIDE} pixels are possible",
                self.classes
            )));
        }
        let graph = self.graph([height, width]).check().map_err(|error| ShapeError::new(error.to_string()))?;
        if graph.parameters() > MAX_PARAMETERS {
            return Err(ShapeError::new(format!("the network has more than {MAX_PARAMETERS} parameters")));
        }
        Ok((graph.layers(), graph.parameters()))
    }
}

/// The 3×3 maximum pooling of stride 2 and padding 1 that the classifiers here use, as geometry.
pub(crate) fn pool() -> ConvolutionConfig {
    ConvolutionConfig { name: "maxpool".into(), transposed: false, channels: 0, kernel: 3, stride: 2, padding: 1 }
}

/// Height and width of a feature map after the pooling.
fn pooled([channels, height, width]: [usize; 3]) -> Result<[usize; 3], ShapeError> {
    match (convolved(height, &pool()), convolved(width, &pool())) {
        (Some(height), Some(width)) => Ok([channels, height, width]),
        _ => Err(ShapeError::new(format!("a pooling does not fit on a {height}×{width} feature map"))),
    }
}

impl CaffeNetConfig {
    fn check(&self, image: [usize; 3]) -> Result<(Vec<Layer>, usize), ShapeError> {
        let known = |name: &String| self.convolutions.iter().any(|layer| layer.name == *name);
        if let Some(unknown) = self.pooled.iter().find(|name| !known(name)) {
            return Err(ShapeError::new(format!("a pooling follows {unknown}, which is not one of the convolutions")));
        }
        let Some((output, hidden)) = self.linear.split_last() else {
            return Err(ShapeError::new("the classifier has no fully connected layer"));
        };
        let mut tally = Tally { parameters: 0 };
        let (mut layers, mut units) = self.maps(image, &mut tally)?;
        for layer in hidden {
            units = tally.linear(units, layer)?;
            layers.push(Layer::flat(&layer.name, LayerKind::FullyConnected, units));
        }
        tally.linear(units, output)?;
        layers.push(Layer::flat(&output.name, LayerKind::Output, output.units));
        Ok((layers, tally.parameters))
    }

    /// Number of values that the first fully connected layer reads, for images `[channels, height, width]`.
    ///
    /// # Errors
    /// A sentence for shapes that fit no network.
    pub fn features(&self, image: [usize; 3]) -> Result<usize, ShapeError> {
        self.maps(image, &mut Tally { parameters: 0 }).map(|(_, features)| features)
    }

    /// The convolutional layers, and the number of values that the last one passes on.
    fn maps(&self, image: [usize; 3], tally: &mut Tally) -> Result<(Vec<Layer>, usize), ShapeError> {
        let (mut shape, mut layers) = (image, Vec::new());
        for layer in &self.convolutions {
            shape = tally.convolution(shape, layer)?;
            layers.push(Layer::convolutional(&layer.name, shape));
            if self.pooled.contains(&layer.name) {
                shape = pooled(shape)?;
            }
        }
        Ok((layers, shape.iter().product()))
    }
}

impl ResNetConfig {
    fn check(&self, image: [usize; 3]) -> Result<(Vec<Layer>, usize), ShapeError> {
        let mut tally = Tally { parameters: 0 };
        let mut shape = tally.convolution(image, &self.stem)?;
        let mut layers = vec![Layer::convolutional(&self.stem.name, shape)];
        shape = pooled(shape)?;
        for (number, stage) in self.stages.iter().enumerate() {
            for block in 0..stage.blocks {
                let name = format!("layer{}.{block}", number + 1);
                let stride = if block == 0 { stage.stride } else { 1 };
                if self.needs_projection(number, block) {
                    tally.convolution(shape, &Self::projection(&name, stage.channels, stride))?;
                }
                for convolution in Self::block(&name, stage.channels, stride) {
                    shape = tally.convolution(shape, &convolution)?;
                }
                layers.push(Layer::convolutional(name, shape));
            }
        }
        layers.push(Layer::flat("avgpool", LayerKind::FullyConnected, shape[0]));
        tally.linear(shape[0], &LinearConfig { name: "fc".into(), units: self.classes })?;
        layers.push(Layer::flat("fc", LayerKind::Output, self.classes));
        Ok((layers, tally.parameters))
    }

    /// The two 3×3 convolutions of a basic block.
    pub(crate) fn block(name: &str, channels: usize, stride: usize) -> [ConvolutionConfig; 2] {
        let convolution = |which: &str, stride| ConvolutionConfig {
            name: format!("{name}.{which}"),
            transposed: false,
            channels,
            kernel: 3,
            stride,
            padding: 1,
        };
        [convolution("conv1", stride), convolution("conv2", 1)]
    }

    /// The 1×1 convolution on the shortcut of a block that changes shape.
    pub(crate) fn projection(name: &str, channels: usize, stride: usize) -> ConvolutionConfig {
        let name = format!("{name}.downsample");
        ConvolutionConfig { name, transposed: false, channels, kernel: 1, stride, padding: 0 }
    }

    /// Whether a block (counted from 0) of a stage (counted from 0) changes shape.
    pub(crate) fn needs_projection(&self, stage: usize, block: usize) -> bool {
        let before = if stage == 0 { self.stem.channels } else { self.stages[stage - 1].channels };
        block == 0 && (self.stages[stage].stride != 1 || before != self.stages[stage].channels)
    }
}
