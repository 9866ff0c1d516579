//! Interpolation to another size, from a table of which two places each place is made of.

use super::Call;
use crate::{
    kernels::{
        shader::Shader,
        values::{Array, Operand, Program, Refusal},
    },
    nets::{ops, shape::Shape},
};

/// y\[c, o\] = Σ share(o, i) · x\[c, i\], along rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Resize {
    pub input: Shape,
    pub output: Shape,
    /// What [`table`] makes.
    pub table: Array,
}

/// Pairs of numbers, behind each other: for each row and each column of the result the first of the two places that it is
/// made of and the share of the second; for each row and each column of the input the first place of the result that is made of
/// it and the one behind the last.
pub fn table(op: ops::Resize, input: Shape) -> Vec<f32> {
    let axes = [(input.height, op.height), (input.width, op.width)];
    let mut table = Vec::new();
    for (from, to) in axes {
        for place in 0..to {
            let [(below, _), (above, share)] = op.parts(place, from, to);
            // Two places that are the same are the last one.
            table.extend([below as f32, if above == below { 0.0 } else { share }]);
        }
    }
    for (from, to) in axes {
        let mut made = vec![[to, 0]; from];
        for place in 0..to {
            for (source, _) in op.parts(place, from, to) {
                if let Some([first, end]) = made.get_mut(source) {
                    (*first, *end) = ((*first).min(place), place + 1);
                }
            }
        }
        table.extend(made.into_iter().flatten().map(|place| place as f32));
    }
    table
}

impl Resize {
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
        self.launch(call, self.output, include_str!("resize.wgsl"))
    }

    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
        self.launch(call, self.input, include_str!("resize_gradient.wgsl"))
    }

    fn launch(&self, call: Call, to: Shape, body: &str) -> Result<Program, Refusal> {
        Shader::default()
            .number("CHANNELS", self.input.channels)
            .number("HEIGHT", self.input.height)
            .number("WIDTH", self.input.width)
            .number("TO_HEIGHT", self.output.height)
            .number("TO_WIDTH", self.output.width)
            .read("source", "f32", Operand::Value(call.source))
            .read("places", "vec2<f32>", Operand::Array(self.table))
            .finish_flat(call.name, body, call.epilogue, call.batch * to.channels * to.height * to.width)
    }
}
