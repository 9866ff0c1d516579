//! Architectures written as graphs: each of these turns a few numbers into the nodes of a network.

mod caffenet;
mod efficientnet_lite;
mod generator;
mod resnet;

pub use efficientnet_lite::EfficientNetLite;

use super::{
    config::{ConvolutionConfig, LayerKind},
    graph::{Graph, INPUT, Node, Shape},
    ops::{Activation, Convolution, FullyConnected, MaxPool, Op, TransposedConvolution},
};

/// Writes a graph node by node; each method gives the name of the node that it wrote, to be read by others.
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
        self.node(format!("{input}.act"), Op::Activation(activation), &[input], None)
    }

    fn relu(&mut self, input: &str) -> String {
        self.activation(Activation::Relu, input)
    }

    /// The pooling of CaffeNet and ResNet here: 3×3, stride 2, padding 1.
    fn pool(&mut self, input: &str) -> String {
        self.node(format!("{input}.pool"), Op::MaxPool(MaxPool::square(3, 2, 1)), &[input], None)
    }
}

/// Name of the graph's own input, as what a first node reads.
fn input() -> String {
    INPUT.to_owned()
}
