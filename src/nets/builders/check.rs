//! What a configuration has to keep to before its graph is written, and what the graph then says of it. A configuration
//! comes from a file that anyone may have written.

use crate::nets::{
    config::{ClassifierConfig, ConvolutionConfig, GeneratorConfig, ResNetConfig, TowerConfig},
    graph::{Checked, GraphError, Shape, start_of},
    layer::{Layer, LayerKind},
    shape::Bound,
};

/// Largest side of an image, in pixels.
pub const MAX_SIDE: usize = 512;
/// Most units of one layer.
pub const MAX_UNITS: usize = 16_384;
/// Largest code.
pub const MAX_CODE: usize = 16_384;
/// Most layers, or blocks of layers, that a configuration may state.
pub const MAX_LAYERS: usize = 1024;
/// Largest factor on a generator's code.
const MAX_CODE_SCALE: usize = 1000;
/// Largest factor on the width or depth of an EfficientNet-Lite.
const MAX_FACTOR: usize = 8;

/// A configuration that no network can be built from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum ConfigError {
    /// Its graph is no network.
    Graph(#[from] GraphError),
    /// More layers than [`MAX_LAYERS`].
    Layers {
        /// Their number.
        found: usize,
    },
    /// A residual block stands before a convolution that is not one of those stated; of names only the first characters.
    LostBlock {
        /// The block's name.
        block: String,
        /// The convolution's name.
        convolution: String,
    },
    /// A pooling follows a convolution that is not one of those stated; of names only the first characters.
    LostPooling {
        /// The convolution's name.
        convolution: String,
    },
    /// A convolution that two poolings follow.
    Pooled {
        /// The convolution's name.
        convolution: String,
    },
    /// A transposed convolution in a classifier, or one that does not enlarge.
    Transposed {
        /// The convolution's name.
        convolution: String,
    },
    /// A number that is none, or out of its range.
    Number {
        /// Which field of the configuration.
        field: &'static str,
        /// The number.
        found: String,
        /// What it has to be.
        bound: Bound,
    },
    /// A generator that reads something else than a code.
    Code(Shape),
    /// A generator of something else than RGB images of up to [`MAX_SIDE`] pixels.
    Image(Shape),
    /// A classifier of something else, or of images of another size than it is shown.
    Input(Shape),
    /// A layer of too many units to be listed.
    Units {
        /// Their number.
        found: usize,
    },
    /// A classifier that does not end in its only layer of logits.
    Output,
    /// A layer of features that has positions.
    Positions {
        /// The layer.
        layer: String,
    },
}

impl GeneratorConfig {
    /// Shape `[channels, height, width]` of the images it draws, and the number of its parameters.
    ///
    /// # Errors
    /// [`ConfigError`] for what no network can be built from.
    pub fn check(&self) -> Result<([usize; 3], usize), ConfigError> {
        self.checked().map(|(graph, image)| (image, graph.parameters()))
    }

    /// Its graph, checked, and the shape of the images it draws.
    ///
    /// # Errors
    /// [`ConfigError`] for what no network can be built from.
    pub fn checked(&self) -> Result<(Checked, [usize; 3]), ConfigError> {
        // The graph of a tower holds the code's size in numbers.
        let input = match self {
            Self::DeconvolutionTower(tower) => Shape::features(tower.code),
            Self::Graph(graph) => graph.input,
        };
        if !(1..=MAX_CODE).contains(&input.channels) || input != Shape::features(input.channels) {
            return Err(ConfigError::Code(input));
        }
        if let Self::DeconvolutionTower(tower) = self {
            tower.check()?;
        }
        let graph = self.graph().check()?;
        match graph.output() {
            Shape { channels: 3, height, width } if height.max(width) <= MAX_SIDE => Ok((graph, [3, height, width])),
            other => Err(ConfigError::Image(other)),
        }
    }
}

impl TowerConfig {
    fn check(&self) -> Result<(), ConfigError> {
        few(self.linear.len() + self.convolutions.len() + self.residual.len())?;
        let (scale, slope) = (self.code_scale, self.negative_slope);
        up_to("code_scale", scale, MAX_CODE_SCALE)?;
        // NaN is in no range.
        if !(0.0..=1.0).contains(&slope) {
            return Err(number("negative_slope", slope, Bound::Within(0, 1)));
        }
        // Of one that keeps its places the arrays are those of a convolution.
        let idle = |layer: &&ConvolutionConfig| layer.transposed && layer.stride < 2;
        if let Some(layer) = self.convolutions.iter().find(idle) {
            return Err(ConfigError::Transposed { convolution: start_of(&layer.name) });
        }
        let known = |name: &String| self.convolutions.iter().any(|layer| layer.name == *name);
        match self.residual.iter().find(|block| !known(&block.before)) {
            Some(lost) => {
                Err(ConfigError::LostBlock { block: start_of(&lost.name), convolution: start_of(&lost.before) })
            }
            None => Ok(()),
        }
    }
}

impl ResNetConfig {
    /// Refuses what no residual network has (He et al. 2016, table 1), and no array would contradict: a first convolution
    /// that is not padded to keep its places, and a stage behind the first that does not halve the map.
    fn check(&self) -> Result<(), ConfigError> {
        let half = self.stem.kernel / 2;
        within("stem.padding", self.stem.padding, half, half)?;
        within("stem.stride", self.stem.stride, 1, 2)?;
        for (number, stage) in self.stages.iter().enumerate() {
            let (field, stride) = if number == 0 { ("stages[0].stride", 1) } else { ("stages[1..].stride", 2) };
            within(field, stage.stride, stride, stride)?;
        }
        plain(std::slice::from_ref(&self.stem))
    }
}

impl ClassifierConfig {
    /// The layers whose units can be climbed, from input to output, for images `[channels, height, width]`, and the
    /// number of the network's parameters.
    ///
    /// # Errors
    /// [`ConfigError`] for what no network can be built from.
    pub fn check(&self, image: [usize; 3]) -> Result<(Vec<Layer>, usize), ConfigError> {
        self.checked(image).map(|(graph, layers)| (layers, graph.parameters()))
    }

    /// Its graph for images `[channels, height, width]`, checked, and the layers whose units can be climbed.
    ///
    /// # Errors
    /// [`ConfigError`] for what no network can be built from.
    pub fn checked(&self, image: [usize; 3]) -> Result<(Checked, Vec<Layer>), ConfigError> {
        let [channels, height, width] = image;
        let shape = Shape::map(channels, height, width);
        if channels != 3 || height.max(width) > MAX_SIDE {
            return Err(ConfigError::Input(shape));
        }
        match self {
            Self::Caffenet(caffenet) => {
                few(caffenet.convolutions.len() + caffenet.pooled.len() + caffenet.linear.len())?;
                plain(&caffenet.convolutions)?;
                let known = |name: &String| caffenet.convolutions.iter().any(|layer| layer.name == *name);
                for (number, name) in caffenet.pooled.iter().enumerate() {
                    if !known(name) {
                        return Err(ConfigError::LostPooling { convolution: start_of(name) });
                    }
                    if caffenet.pooled[..number].contains(name) {
                        return Err(ConfigError::Pooled { convolution: start_of(name) });
                    }
                }
            }
            Self::Resnet(resnet) => {
                few(resnet.stages.iter().fold(resnet.stages.len(), |sum, stage| sum.saturating_add(stage.blocks)))?;
                resnet.check()?;
            }
            Self::EfficientnetLite(lite) => {
                up_to("width", lite.width, MAX_FACTOR)?;
                up_to("depth", lite.depth, MAX_FACTOR)?;
            }
            Self::Graph(graph) if graph.input != shape => return Err(ConfigError::Input(graph.input)),
            Self::Graph(_) => {}
        }
        let graph = self.graph(image).check()?;
        let layers = graph.layers();
        let last = graph.graph().nodes.last().is_some_and(|node| node.layer == Some(LayerKind::Output));
        if !last || layers.iter().filter(|layer| layer.kind == LayerKind::Output).count() != 1 {
            return Err(ConfigError::Output);
        }
        if let Some(found) = layers.iter().map(|layer| layer.units).find(|units| *units > MAX_UNITS) {
            return Err(ConfigError::Units { found });
        }
        let placed = |layer: &&Layer| layer.kind != LayerKind::Convolutional && layer.map != [1, 1];
        if let Some(layer) = layers.iter().find(placed) {
            return Err(ConfigError::Positions { layer: layer.name.clone() });
        }
        Ok((graph, layers))
    }
}

/// Refuses transposed convolutions.
fn plain(convolutions: &[ConvolutionConfig]) -> Result<(), ConfigError> {
    match convolutions.iter().find(|layer| layer.transposed) {
        Some(layer) => Err(ConfigError::Transposed { convolution: start_of(&layer.name) }),
        None => Ok(()),
    }
}

/// Refuses more layers than a graph is written of.
fn few(found: usize) -> Result<(), ConfigError> {
    if found <= MAX_LAYERS { Ok(()) } else { Err(ConfigError::Layers { found }) }
}

fn number(field: &'static str, found: impl ToString, bound: Bound) -> ConfigError {
    ConfigError::Number { field, found: found.to_string(), bound }
}

/// Refuses a number out of a range.
fn within(field: &'static str, found: usize, least: usize, most: usize) -> Result<(), ConfigError> {
    if (least..=most).contains(&found) { Ok(()) } else { Err(number(field, found, Bound::Within(least, most))) }
}

/// Refuses a number that is not above 0, or too large, or none.
fn up_to<N: Into<f64> + Copy + ToString>(field: &'static str, found: N, most: usize) -> Result<(), ConfigError> {
    let value: f64 = found.into();
    if value > 0.0 && value <= most as f64 { Ok(()) } else { Err(number(field, found, Bound::UpTo(most))) }
}
