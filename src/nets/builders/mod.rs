//! Architectures written as graphs: each of these turns a few numbers into the nodes of a network.

mod caffenet;
mod check;
mod efficientnet_lite;
mod generator;
mod resnet;

pub use check::{ConfigError, MAX_CODE, MAX_LAYERS, MAX_SIDE, MAX_UNITS};

use super::{
    config::{ClassifierConfig, ConvolutionConfig, GeneratorConfig},
    graph::{Graph, INPUT, Node, Shape},
    layer::LayerKind,
    ops::{Activation, Convolution, FullyConnected, MaxPool, Op, TransposedConvolution},
};

impl ClassifierConfig {
    /// The graph for images `[channels, height, width]`, normalised as the network was trained.
    pub fn graph(&self, image: [usize; 3]) -> Graph {
        match self {
            Self::Caffenet(caffenet) => caffenet.graph(image),
            Self::Resnet(resnet) => resnet.graph(image),
            Self::EfficientnetLite(lite) => lite.graph([image[1], image[2]]),
            Self::Graph(graph) => graph.clone(),
        }
    }
}

impl GeneratorConfig {
    /// The graph from a code `[code, 1, 1]` to an image `[3, height, width]`.
    pub fn graph(&self) -> Graph {
        match self {
            Self::DeconvolutionTower(tower) => tower.graph(),
            Self::Graph(graph) => graph.clone(),
        }
    }

    /// Names of its transposed convolutions, whose arrays have the input's channels before the output's.
    pub fn transposed(&self) -> Vec<String> {
        let nodes = self.graph().nodes.into_iter();
        nodes.filter(|node| matches!(node.op, Op::TransposedConvolution(_))).map(|node| node.name).collect()
    }

    /// Units of the code.
    pub fn code(&self) -> usize {
        match self {
            Self::DeconvolutionTower(tower) => tower.code,
            Self::Graph(graph) => graph.input.channels,
        }
    }
}

/// Writes a graph node by node; each method gives the name of the node that it wrote, to be read by others. Nodes that no
/// configuration names have a “/” in theirs, which keeps them apart from those of layers.
struct Writer {
    input: Shape,
    nodes: Vec<Node>,
}

impl Writer {
    fn new(input: Shape) -> Self {
        Self { input, nodes: Vec::new() }
    }

    fn finish(self) -> Graph {
        Graph { input: self.input, nodes: self.nodes }
    }

    fn node(&mut self, name: impl Into<String>, op: Op, inputs: &[&str], layer: Option<LayerKind>) -> String {
        let name = name.into();
        let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
        self.nodes.push(Node { name: name.clone(), op, inputs, layer });
        name
    }

    /// A convolution, transposed or not, with bias.
    fn convolution(&mut self, config: &ConvolutionConfig, input: &str, layer: Option<LayerKind>) -> String {
        let ConvolutionConfig { name, transposed, channels, kernel, stride, padding } = config;
        let op = if *transposed {
            Op::TransposedConvolution(TransposedConvolution::square(*channels, *kernel, *stride, *padding))
        } else {
            Op::Convolution(Convolution::square(*channels, *kernel, *stride, *padding))
        };
        self.node(name, op, &[input], layer)
    }

    /// A fully connected layer with bias.
    fn linear(&mut self, name: &str, units: usize, input: &str, layer: Option<LayerKind>) -> String {
        self.node(name, Op::Linear(FullyConnected { units, bias: true }), &[input], layer)
    }

    fn activation(&mut self, activation: Activation, input: &str) -> String {
        self.node(format!("{input}/act"), Op::Activation(activation), &[input], None)
    }

    fn relu(&mut self, input: &str) -> String {
        self.activation(Activation::Relu, input)
    }

    /// The pooling of CaffeNet and ResNet here: 3×3, stride 2, padding 1.
    fn pool(&mut self, input: &str) -> String {
        self.node(format!("{input}/pool"), Op::MaxPool(MaxPool::square(3, 2, 1)), &[input], None)
    }
}

/// Name of the graph's own input, as what a first node reads.
fn input() -> String {
    INPUT.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::config::{
        CaffeNetConfig, EfficientNetLite, LinearConfig, ResNetConfig, ResidualConfig, StageConfig, TowerConfig,
    };

    fn convolution(name: &str, channels: usize, kernel: usize, stride: usize, padding: usize) -> ConvolutionConfig {
        ConvolutionConfig { name: name.into(), transposed: false, channels, kernel, stride, padding }
    }

    /// Counted by hand.
    #[test]
    fn a_configuration_has_the_layers_and_parameters_of_its_graph() {
        let caffenet = ClassifierConfig::Caffenet(CaffeNetConfig {
            convolutions: vec![convolution("conv1", 8, 5, 2, 2), convolution("conv2", 6, 3, 1, 1)],
            pooled: vec!["conv1".into()],
            linear: ["fc3", "fc4"].map(|name| LinearConfig { name: name.into(), units: 10 }).into(),
        });
        let stage = |channels, stride| StageConfig { blocks: 2, channels, stride };
        let resnet = ClassifierConfig::Resnet(ResNetConfig {
            stem: convolution("conv1", 8, 7, 1, 3),
            stages: vec![stage(8, 1), stage(16, 2)],
            classes: 5,
        });
        let said = |config: &ClassifierConfig| {
            let (layers, parameters) = config.check([3, 33, 40]).unwrap();
            let layers = layers.into_iter().map(|layer| (layer.name, layer.kind, layer.units, layer.map));
            (layers.collect::<Vec<_>>(), parameters)
        };
        let (map, flat, output) = (LayerKind::Convolutional, LayerKind::FullyConnected, LayerKind::Output);
        let layer = |name: &str, kind, units, map| (name.to_owned(), kind, units, map);
        let layers = vec![
            layer("conv1", map, 8, [17, 20]),
            layer("conv2", map, 6, [9, 10]),
            layer("fc3", flat, 10, [1, 1]),
            layer("fc4", output, 10, [1, 1]),
        ];
        assert_eq!(said(&caffenet), (layers, 608 + 438 + 5410 + 110));
        let layers = vec![
            layer("conv1", map, 8, [33, 40]),
            layer("layer1.0", map, 8, [17, 20]),
            layer("layer1.1", map, 8, [17, 20]),
            layer("layer2.0", map, 16, [9, 10]),
            layer("layer2.1", map, 16, [9, 10]),
            layer("avgpool", flat, 16, [1, 1]),
            layer("fc", output, 5, [1, 1]),
        ];
        assert_eq!(said(&resnet), (layers, 1184 + 2 * 1168 + (1168 + 2320 + 144) + 4640 + 85));
    }

    /// Numbers that would make the graph itself endless are refused before it is written.
    #[test]
    fn a_configuration_that_is_no_network_is_refused_at_once() {
        let resnet = |blocks| {
            let stages = vec![StageConfig { blocks, channels: 1, stride: 1 }];
            ClassifierConfig::Resnet(ResNetConfig { stem: convolution("conv1", 1, 3, 1, 1), stages, classes: 2 })
        };
        assert!(resnet(2).check([3, 8, 8]).is_ok());
        assert!(matches!(resnet(usize::MAX).check([3, 8, 8]), Err(ConfigError::Layers { .. })));
        assert!(matches!(resnet(2).check([3, 8, 513]), Err(ConfigError::Input(_))));
        assert!(matches!(resnet(2).check([3, 0, 8]), Err(ConfigError::Graph(_))));
        let wide = |units| {
            ClassifierConfig::Caffenet(CaffeNetConfig {
                convolutions: vec![convolution("conv1", 1, 3, 1, 1)],
                pooled: vec!["conv1".into()],
                linear: vec![LinearConfig { name: "fc".into(), units }],
            })
        };
        assert!(wide(MAX_UNITS).check([3, 8, 8]).is_ok());
        assert_eq!(wide(MAX_UNITS + 1).check([3, 8, 8]), Err(ConfigError::Units { found: MAX_UNITS + 1 }));
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 9.0] {
            let lite =
                ClassifierConfig::EfficientnetLite(EfficientNetLite { width: factor, ..EfficientNetLite::LITE0 });
            assert!(matches!(lite.check([3, 64, 64]), Err(ConfigError::Number { .. })), "{factor}");
        }
        let tower = |code, code_scale, channels, before: &str| {
            GeneratorConfig::DeconvolutionTower(TowerConfig {
                code,
                code_scale,
                negative_slope: 0.3,
                linear: vec![LinearConfig { name: "fc".into(), units: 12 }],
                base: [3, 2, 2],
                convolutions: vec![convolution("c", channels, 3, 1, 1)],
                residual: vec![ResidualConfig { name: "r".into(), before: before.into() }],
            })
        };
        assert_eq!(tower(4, 1.0, 3, "c").check(), Ok(([3, 2, 2], 60 + 2 * 84 + 84)));
        assert!(matches!(tower(usize::MAX, 1.0, 3, "c").check(), Err(ConfigError::Code(_))));
        assert!(matches!(tower(4, f32::NAN, 3, "c").check(), Err(ConfigError::Number { .. })));
        assert!(matches!(tower(4, 1.0, 4, "c").check(), Err(ConfigError::Image(_))));
        assert!(matches!(tower(4, 1.0, 3, "d").check(), Err(ConfigError::LostBlock { .. })));
        assert!(matches!(tower(4, 1.0, usize::MAX, "c").check(), Err(ConfigError::Graph(_))));
        let GeneratorConfig::DeconvolutionTower(mut twice) = tower(4, 1.0, 3, "c") else { panic!("another kind") };
        twice.linear.push(LinearConfig { name: "fc".into(), units: 12 });
        let twice = GeneratorConfig::DeconvolutionTower(twice).check();
        assert!(matches!(twice, Err(ConfigError::Graph(crate::nets::graph::GraphError::Twice { .. }))));
    }

    /// A manifest may call its layers whatever it likes, “base” for one.
    #[test]
    fn layers_of_any_name_and_nodes_in_between_keep_apart() {
        let layer = |name: &str| LinearConfig { name: name.into(), units: 12 };
        let tower = TowerConfig {
            code: 5,
            code_scale: 2.0,
            negative_slope: 0.3,
            linear: ["scale", "base", "act", "pool"].map(layer).into(),
            base: [3, 2, 2],
            convolutions: vec![convolution("base.act", 4, 3, 1, 1), convolution("reshape", 3, 3, 1, 1)],
            residual: vec![ResidualConfig { name: "input".into(), before: "base.act".into() }],
        };
        let config = GeneratorConfig::DeconvolutionTower(tower);
        let graph = config.graph().check().unwrap();
        assert_eq!(graph.output(), Shape::map(3, 2, 2));
        assert_eq!(config.check(), Ok(([3, 2, 2], graph.parameters())));
    }

    /// The published sizes of EfficientNet-Lite0, 1 and 2 are 4.7, 5.4 and 6.1 million parameters; the exact numbers are
    /// those of the checkpoints, batch normalisation folded.
    #[test]
    fn an_efficientnet_lite_has_its_published_size() {
        for (network, parameters) in [
            (EfficientNetLite::LITE0, 4_631_000),
            (EfficientNetLite::LITE1, 5_389_848),
            (EfficientNetLite::LITE2, 6_063_024),
        ] {
            let graph = network.graph([160, 160]).check().unwrap();
            assert_eq!((graph.parameters(), graph.output()), (parameters, Shape::features(1000)));
            assert_eq!(graph.shape("head"), Some(Shape::map(1280, 5, 5)));
        }
    }
}
