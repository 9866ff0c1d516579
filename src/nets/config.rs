//! The networks' shapes as plain data, as a pack's manifest states them.
//!
//! No tensor appears here, so that the page can read a manifest without linking Burn. A configuration comes from a file
//! that anyone may have written: what [`builders`](super::builders) make of it is checked before a network is built from it.

use serde::{Deserialize, Serialize};

use super::{
    graph::{Graph, Node},
    shape::Shape,
};

/// A generator: a code `[batch, code]` in, an image `[batch, 3, height, width]` in -1..=1 out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "Stated")]
pub enum GeneratorConfig {
    /// Fully connected layers, then convolutions and transposed convolutions; the DeePSiM tower.
    DeconvolutionTower(TowerConfig),
    /// The graph itself, from a code `[code, 1, 1]`.
    Graph(Graph),
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
#[serde(tag = "kind", rename_all = "snake_case", try_from = "Stated")]
pub enum ClassifierConfig {
    /// Convolutions, some followed by a pooling, then fully connected layers: CaffeNet (Jia et al. 2014), which is
    /// AlexNet with pooling and normalisation swapped.
    Caffenet(CaffeNetConfig),
    /// A residual network of basic blocks (He et al. 2016), batch normalisation folded into the convolutions.
    Resnet(ResNetConfig),
    /// EfficientNet-Lite (Tan & Le 2019), batch normalisation folded into the convolutions.
    EfficientnetLite(EfficientNetLite),
    /// The graph itself; its last node is its only output layer.
    Graph(Graph),
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

impl ResNetConfig {
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

macro_rules! stated {
    ($($field:ident: $value:ty),* $(,)?) => {
        /// Whatever networks of any kind state, of which the `kind` takes its own.
        ///
        /// What serde derives for an enum whose variants a field tells apart keeps all until that field is found, and then
        /// has a second reader for everything below it, the operations of a graph among it: a twentieth of the page's
        /// program.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Stated {
            kind: String,
            $($field: Option<$value>,)*
        }

        impl Stated {
            /// Whether the kind has taken all that is stated.
            fn end(&self) -> Result<(), String> {
                $(if self.$field.is_some() {
                    return Err(format!(concat!("a network of the kind `{}` has no `", stringify!($field), "`"), self.kind));
                })*
                Ok(())
            }
        }
    };
}

stated! {
    code: usize,
    code_scale: f32,
    negative_slope: f32,
    linear: Vec<LinearConfig>,
    base: [usize; 3],
    convolutions: Vec<ConvolutionConfig>,
    residual: Vec<ResidualConfig>,
    pooled: Vec<String>,
    stem: ConvolutionConfig,
    stages: Vec<StageConfig>,
    classes: usize,
    width: f64,
    depth: f64,
    input: Shape,
    nodes: Vec<Node>,
}

/// A network of one kind, of fields that have to be there and, behind the bar, fields that may be left out.
macro_rules! take {
    ($stated:ident, $of:ident: $($field:ident),* $(| $other:ident)?) => {
        $of {
            $($field: $stated.$field.take().ok_or(concat!("missing field `", stringify!($field), "`"))?,)*
            $($other: $stated.$other.take().unwrap_or_default(),)?
        }
    };
}

fn unknown(kind: &str, of: &str, known: &str) -> String {
    format!("unknown kind `{kind}` of {of}, expected one of {known}")
}

impl TryFrom<Stated> for GeneratorConfig {
    type Error = String;

    fn try_from(mut stated: Stated) -> Result<Self, String> {
        let network = match stated.kind.as_str() {
            "deconvolution_tower" => Self::DeconvolutionTower(
                take!(stated, TowerConfig: code, code_scale, negative_slope, linear, base, convolutions | residual),
            ),
            "graph" => Self::Graph(take!(stated, Graph: input, nodes)),
            kind => return Err(unknown(kind, "a generator", "`deconvolution_tower`, `graph`")),
        };
        stated.end().map(|()| network)
    }
}

impl TryFrom<Stated> for ClassifierConfig {
    type Error = String;

    fn try_from(mut stated: Stated) -> Result<Self, String> {
        let network = match stated.kind.as_str() {
            "caffenet" => Self::Caffenet(take!(stated, CaffeNetConfig: convolutions, pooled, linear)),
            "resnet" => Self::Resnet(take!(stated, ResNetConfig: stem, stages, classes)),
            "efficientnet_lite" => Self::EfficientnetLite(take!(stated, EfficientNetLite: width, depth, classes)),
            "graph" => Self::Graph(take!(stated, Graph: input, nodes)),
            kind => {
                return Err(unknown(kind, "a classifier", "`caffenet`, `resnet`, `efficientnet_lite`, `graph`"));
            }
        };
        stated.end().map(|()| network)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_network_is_read_as_it_is_written() {
        let resnet = ClassifierConfig::Resnet(ResNetConfig {
            stem: ResNetConfig::projection("conv", 8, 2),
            stages: vec![StageConfig { blocks: 2, channels: 8, stride: 1 }],
            classes: 3,
        });
        let lite = ClassifierConfig::EfficientnetLite(EfficientNetLite { width: 1.0, depth: 1.1, classes: 1000 });
        let graph = ClassifierConfig::Graph(Graph { input: Shape::map(3, 4, 4), nodes: Vec::new() });
        for network in [resnet, lite, graph] {
            // A value sorts its keys, so that `kind` need not come first.
            let value = serde_json::to_value(&network).unwrap();
            assert_eq!(serde_json::from_str::<ClassifierConfig>(&value.to_string()).unwrap(), network);
        }
        let tower = GeneratorConfig::DeconvolutionTower(TowerConfig {
            code: 4,
            code_scale: 1.0,
            negative_slope: 0.3,
            linear: Vec::new(),
            base: [4, 1, 1],
            convolutions: Vec::new(),
            residual: Vec::new(),
        });
        let value = serde_json::to_value(&tower).unwrap();
        assert_eq!(serde_json::from_str::<GeneratorConfig>(&value.to_string()).unwrap(), tower);
    }

    #[test]
    fn what_is_missing_foreign_or_unknown_is_named() {
        for (value, sentence) in [
            (json!({ "classes": 3 }), "missing field `kind`"),
            (json!({ "kind": "resnext" }), "unknown kind `resnext`"),
            (json!({ "kind": "efficientnet_lite", "width": 1.0, "classes": 3 }), "missing field `depth`"),
            (
                json!({ "kind": "graph", "input": [3, 4, 4], "nodes": [], "pooled": [] }),
                "the kind `graph` has no `pooled`",
            ),
            (json!({ "kind": "graph", "input": [3, 4, 4], "nodes": [], "colour": 1 }), "unknown field `colour`"),
            (json!({ "kind": "deconvolution_tower" }), "unknown kind `deconvolution_tower`"),
        ] {
            let error = serde_json::from_str::<ClassifierConfig>(&value.to_string()).unwrap_err().to_string();
            assert!(error.contains(sentence), "{value}: {error}");
        }
        let value = json!({ "kind": "graph", "input": [3, 4, 4], "nodes": [], "stem": null, "classes": 3 }).to_string();
        let error = serde_json::from_str::<GeneratorConfig>(&value).unwrap_err().to_string();
        assert!(error.contains("the kind `graph` has no `classes`"), "{error}");
    }
}
