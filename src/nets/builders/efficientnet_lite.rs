//! EfficientNet-Lite (Tan & Le 2019, without squeeze-and-excitation and with ReLU6) as a graph, batch normalisation folded
//! into the convolutions.
//!
//! TensorFlow pads each convolution by the size of what it reads, and so does this. A reader in PyTorch that fixes the padding
//! when the network is made, for the size that it was trained at, gives other logits at any other size.

use super::{Writer, input};
use crate::nets::{
    config::EfficientNetLite,
    graph::{Graph, Shape},
    layer::LayerKind,
    ops::{Activation, Convolution, Op},
};

/// The stages of EfficientNet-B0: blocks, kernel, stride, expansion, channels.
const STAGES: [[usize; 5]; 7] = [
    [1, 3, 1, 1, 16],
    [2, 3, 2, 6, 24],
    [2, 5, 2, 6, 40],
    [3, 3, 2, 6, 80],
    [3, 5, 1, 6, 112],
    [4, 5, 2, 6, 192],
    [1, 3, 1, 6, 320],
];
/// Channels of the first convolution and of the last, which EfficientNet-Lite does not scale.
const ENDS: [usize; 2] = [32, 1280];

impl EfficientNetLite {
    /// EfficientNet-Lite0 for the 1000 classes of ImageNet.
    pub const LITE0: Self = Self { width: 1.0, depth: 1.0, classes: 1000 };
    /// EfficientNet-Lite1.
    pub const LITE1: Self = Self { width: 1.0, depth: 1.1, classes: 1000 };
    /// EfficientNet-Lite2.
    pub const LITE2: Self = Self { width: 1.1, depth: 1.2, classes: 1000 };

    /// The graph for RGB images of `height` by `width`, normalised as the network was trained. Its convolutions are
    /// `stem`, `blocks.N.expand`, `blocks.N.depthwise`, `blocks.N.project` and `head`; its layers, read before their
    /// rectification, `stem`, each block's result, `head`, `avgpool` and `fc`. A block's result is `blocks.N` where its input
    /// is added to it, else its projection itself, `blocks.N.project`.
    pub fn graph(self, [height, width]: [usize; 2]) -> Graph {
        let mut graph = Writer::new(Shape::map(3, height, width));
        let layer = Some(LayerKind::Convolutional);
        let mut sides = [height, width];
        let [stem, head] = ENDS;
        let op = same(stem, 3, 2, 1, &mut sides);
        let mut x = graph.node("stem", op, &[&input()], layer);
        x = graph.activation(Activation::RELU6, &x);
        let (mut channels, mut number) = (stem, 0);
        for (stage, [blocks, kernel, stride, expansion, wide]) in STAGES.into_iter().enumerate() {
            let ends = stage == 0 || stage + 1 == STAGES.len();
            let blocks = if ends { blocks } else { (blocks as f64 * self.depth).ceil() as usize };
            let wide = divisible(wide as f64 * self.width);
            for block in 0..blocks {
                let (name, stride) = (format!("blocks.{number}"), if block == 0 { stride } else { 1 });
                let residual = stride == 1 && channels == wide;
                let (mut y, inner) = (x.clone(), channels * expansion);
                if expansion != 1 {
                    y = graph.node(format!("{name}.expand"), same(inner, 1, 1, 1, &mut sides), &[&y], None);
                    y = graph.activation(Activation::RELU6, &y);
                }
                y = graph.node(
                    format!("{name}.depthwise"),
                    same(inner, kernel, stride, inner, &mut sides),
                    &[&y],
                    None,
                );
                y = graph.activation(Activation::RELU6, &y);
                let project = same(wide, 1, 1, 1, &mut sides);
                x = if residual {
                    y = graph.node(format!("{name}.project"), project, &[&y], None);
                    graph.node(&name, Op::Add, &[&y, &x], layer)
                } else {
                    // The projection itself is the block's result.
                    graph.node(format!("{name}.project"), project, &[&y], layer)
                };
                (channels, number) = (wide, number + 1);
            }
        }
        x = graph.node("head", same(head, 1, 1, 1, &mut sides), &[&x], layer);
        x = graph.activation(Activation::RELU6, &x);
        x = graph.node("avgpool", Op::GlobalAverage, &[&x], Some(LayerKind::FullyConnected));
        graph.linear("fc", self.classes, &x, Some(LayerKind::Output));
        graph.finish()
    }
}

/// A convolution with TensorFlow's padding "same": as many zeros as the result's side of `side / stride`, rounded up,
/// takes, an odd one at the end. `sides` become the result's.
fn same(channels: usize, kernel: usize, stride: usize, groups: usize, sides: &mut [usize; 2]) -> Op {
    let mut padding = [[0; 2]; 2];
    for (side, padding) in sides.iter_mut().zip(&mut padding) {
        let to = side.div_ceil(stride);
        let whole = (to.saturating_sub(1) * stride + kernel).saturating_sub(*side);
        (*side, *padding) = (to, [whole / 2, whole - whole / 2]);
    }
    Op::Convolution(Convolution { padding, groups, ..Convolution::square(channels, kernel, stride, 0) })
}

/// The multiple of 8 nearest to a number of channels, not more than a tenth below it.
fn divisible(channels: f64) -> usize {
    let near = ((channels + 4.0) / 8.0).floor() * 8.0;
    (if near < 0.9 * channels { near + 8.0 } else { near }) as usize
}
