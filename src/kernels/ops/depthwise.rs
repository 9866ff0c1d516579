//! Convolutions of each channel by itself.

use super::Call;
use crate::{
    kernels::{
        shader::Shader,
        values::{Array, Operand, Program, Reads, Refusal},
    },
    nets::shape::Shape,
};

/// A convolution with one kernel `[rows, columns]` a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Depthwise {
    /// `[channels, 1, rows, columns]`.
    pub weight: Array,
    pub input: Shape,
    pub output: Shape,
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Before rows and before columns.
    pub padding: [usize; 2],
    pub dilation: [usize; 2],
}

impl Depthwise {
    /// Of each row and of each column of the result, or, back, of the input, the places of the other that it sees, and through
    /// which row or column of the kernel.
    pub fn seen(&self, back: bool) -> [Vec<Vec<(usize, usize)>>; 2] {
        let sides = [(self.input.height, self.output.height), (self.input.width, self.output.width)];
        [0, 1].map(|axis| {
            let ((input, output), stride) = (sides[axis], self.stride[axis]);
            let reached = |place: usize, element: usize| {
                let place = (place * stride + element * self.dilation[axis]).checked_sub(self.padding[axis])?;
                (place < input).then_some(place)
            };
            let mut seen = vec![Vec::new(); if back { input } else { output }];
            for (place, element) in (0..output).flat_map(|place| (0..self.kernel[axis]).map(move |e| (place, e))) {
                if let Some(other) = reached(place, element) {
                    let (from, to) = if back { (place, other) } else { (other, place) };
                    seen[to].push((from, element));
                }
            }
            seen
        })
    }

    /// y\[c, o\] = Σ w\[c, k\] · x\[c, o·s - p + k·d\], along rows and columns.
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
        self.launch(call, false)
    }

    /// dx\[c, i\] = Σ w\[c, k\] · dy\[c, (i + p - k·d) / s\], where that is a place.
    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
        self.launch(call, true)
    }

    fn launch(&self, call: Call, back: bool) -> Result<Program, Refusal> {
        let (from, to) = if back { (self.output, self.input) } else { (self.input, self.output) };
        Shader::default()
            .flag("BACK", back)
            .number("CHANNELS", to.channels)
            .number("HEIGHT", from.height)
            .number("WIDTH", from.width)
            .number("TO_HEIGHT", to.height)
            .number("TO_WIDTH", to.width)
            .number("ROWS", self.kernel[0])
            .number("COLUMNS", self.kernel[1])
            .integer("STRIDE_Y", self.stride[0] as i64)
            .integer("STRIDE_X", self.stride[1] as i64)
            .integer("PADDING_Y", self.padding[0] as i64)
            .integer("PADDING_X", self.padding[1] as i64)
            .integer("DILATION_Y", self.dilation[0] as i64)
            .integer("DILATION_X", self.dilation[1] as i64)
            .read("source", "f32", Operand::Value(call.source))
            .weights(self.weight, Reads::One)
            .finish_flat(
                call.name,
                include_str!("depthwise.wgsl"),
                call.epilogue,
                call.batch * to.channels * to.height * to.width,
            )
    }
}
