//! CaffeNet (Jia et al. 2014) as a graph.

use super::{Writer, input};
use crate::nets::{
    config::CaffeNetConfig,
    graph::{Graph, Shape},
    layer::LayerKind,
};

impl CaffeNetConfig {
    /// The graph for images `[channels, height, width]`, normalised as the network was trained. Its layers are those of
    /// [`ClassifierConfig::check`](crate::nets::config::ClassifierConfig::check), read before their rectification.
    pub fn graph(&self, [channels, height, width]: [usize; 3]) -> Graph {
        let mut graph = Writer::new(Shape::map(channels, height, width));
        let mut x = input();
        for layer in &self.convolutions {
            x = graph.convolution(layer, &x, Some(LayerKind::Convolutional));
            x = graph.relu(&x);
            if self.pooled.contains(&layer.name) {
                x = graph.pool(&x);
            }
        }
        for (number, layer) in self.linear.iter().enumerate() {
            if number > 0 {
                x = graph.relu(&x);
            }
            let last = number + 1 == self.linear.len();
            let kind = if last { LayerKind::Output } else { LayerKind::FullyConnected };
            x = graph.linear(&layer.name, layer.units, &x, Some(kind));
        }
        graph.finish()
    }
}
