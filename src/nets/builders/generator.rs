//! Deconvolution towers (Dosovitskiy & Brox 2016) as graphs.

use super::{Writer, input};
use crate::nets::{
    config::TowerConfig,
    graph::{Graph, Shape},
    ops::{Activation, Op},
};

impl TowerConfig {
    /// The graph from a code `[code, 1, 1]` to an image `[3, height, width]`, RGB; natural images lie in -1..=1, but the
    /// output is not clamped to it.
    pub fn graph(&self) -> Graph {
        let mut graph = Writer::new(Shape::features(self.code));
        let leaky = Activation::LeakyRelu { slope: self.negative_slope };
        let (scale, shift) = (vec![self.code_scale; self.code], vec![0.0; self.code]);
        let mut x = graph.node("input/scale", Op::Constants { scale, shift }, &[&input()], None);
        for layer in &self.linear {
            x = graph.linear(&layer.name, layer.units, &x, None);
            x = graph.activation(leaky, &x);
        }
        let [mut channels, height, width] = self.base;
        x = graph.node("input/base", Op::Reshape(Shape::map(channels, height, width)), &[&x], None);
        for (number, layer) in self.convolutions.iter().enumerate() {
            if number > 0 {
                x = graph.activation(leaky, &x);
            }
            for block in self.residual.iter().filter(|block| block.before == layer.name) {
                let [first, second] = block.convolutions(channels);
                let mut y = graph.convolution(&first, &x, None);
                y = graph.activation(leaky, &y);
                y = graph.convolution(&second, &y, None);
                x = graph.node(format!("{}/sum", block.name), Op::Add, &[&x, &y], None);
            }
            x = graph.convolution(layer, &x, None);
            channels = layer.channels;
        }
        graph.finish()
    }
}
