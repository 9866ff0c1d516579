//! Residual networks of basic blocks (He et al. 2016) as graphs.

use super::{Writer, input};
use crate::nets::{
    config::ResNetConfig,
    graph::{Graph, Shape},
    layer::LayerKind,
    ops::Op,
};

impl ResNetConfig {
    /// The graph for images `[channels, height, width]`, normalised as the network was trained. Its layers are those of
    /// [`ClassifierConfig::check`](crate::nets::config::ClassifierConfig::check); a block is read at the sum of its two
    /// ways, before the rectification.
    pub fn graph(&self, [channels, height, width]: [usize; 3]) -> Graph {
        let mut graph = Writer::new(Shape::map(channels, height, width));
        let layer = Some(LayerKind::Convolutional);
        let mut x = graph.convolution(&self.stem, &input(), layer);
        x = graph.relu(&x);
        x = graph.pool(&x);
        for (number, stage) in self.stages.iter().enumerate() {
            for block in 0..stage.blocks {
                let name = format!("layer{}.{block}", number + 1);
                let stride = if block == 0 { stage.stride } else { 1 };
                let [first, second] = Self::block(&name, stage.channels, stride);
                let mut y = graph.convolution(&first, &x, None);
                y = graph.relu(&y);
                y = graph.convolution(&second, &y, None);
                if self.needs_projection(number, block) {
                    x = graph.convolution(&Self::projection(&name, stage.channels, stride), &x, None);
                }
                x = graph.node(name, Op::Add, &[&y, &x], layer);
                x = graph.relu(&x);
            }
        }
        x = graph.node("avgpool", Op::GlobalAverage, &[&x], Some(LayerKind::FullyConnected));
        graph.linear("fc", self.classes, &x, Some(LayerKind::Output));
        graph.finish()
    }
}
