//! Fully connected layers for few images: a matrix times vectors, which takes as long as reading the matrix.

use super::{Call, Convolution};
use crate::kernels::{
    shader::{Shader, THREADS},
    values::{Array, Operand, Program, Reads, Refusal},
};

/// Most images whose sums an invocation keeps; more are a product of matrices.
const MOST_IMAGES: usize = 4;
/// Invocations that share a unit's sum.
const LANES: usize = 64;
/// Workgroups that keep a large device busy.
const BUSY: usize = 128;

/// A fully connected layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// `[units, inputs]`.
    pub weight: Array,
    pub inputs: usize,
    pub units: usize,
}

impl Linear {
    /// y\[u\] = Σ w\[u, i\] · x\[i\]: 64 invocations a unit, neighbours along the inputs.
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
        if call.batch > MOST_IMAGES {
            return self.many().forward(call);
        }
        let groups = [self.units.div_ceil(THREADS / LANES), 1, 1];
        self.shader(call, "Values").number("LANES", LANES).finish(
            call.name,
            include_str!("linear.wgsl"),
            call.epilogue,
            groups,
        )
    }

    /// dx\[i\] = Σ w\[u, i\] · dy\[u\]: invocations are neighbours along the inputs, and as many share a sum as makes
    /// enough workgroups.
    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
        if call.batch > MOST_IMAGES {
            return self.many().gradient(call);
        }
        let columns = self.inputs / self.wide();
        // Two of four values each read a whole sector of 32 bytes.
        let fewest = 8 / self.wide();
        let side_by_side = [32, 16, 8, 4].into_iter().find(|side| columns / side >= BUSY).unwrap_or(fewest).max(fewest);
        let groups = [columns.div_ceil(side_by_side), 1, 1];
        self.shader(call, "f32").number("SIDE_BY_SIDE", side_by_side).finish(
            call.name,
            include_str!("linear_gradient.wgsl"),
            call.epilogue,
            groups,
        )
    }

    /// How many values are read at once.
    fn wide(&self) -> usize {
        if self.inputs.is_multiple_of(4) { 4 } else { 1 }
    }

    fn many(&self) -> Convolution {
        Convolution::connected(self.inputs, self.units, self.weight)
    }

    /// `source` is the type of what is read beside the weights.
    fn shader(&self, call: Call, source: &str) -> Shader {
        let own = if self.wide() == 4 {
            "alias Values = vec4<f32>;\n\
             fn brought(at: u32) -> Values { return weights_at(at); }\n\
             fn total_of(v: Values) -> f32 { return (v.x + v.y) + (v.z + v.w); }\n\
             fn one_of(v: Values, i: u32) -> f32 { return select(select(v.x, v.y, i == 1u), select(v.z, v.w, i == 3u), i > 1u); }\n"
        } else {
            "alias Values = f32;\n\
             fn brought(at: u32) -> Values { return weight_at(at); }\n\
             fn total_of(v: Values) -> f32 { return v; }\n\
             fn one_of(v: Values, i: u32) -> f32 { return v; }\n"
        };
        Shader::default()
            .number("IMAGES", call.batch)
            .number("UNITS", self.units)
            .number("WIDE", self.wide())
            .number("COLUMNS", self.inputs / self.wide())
            .text(own)
            .weights(self.weight, if self.wide() == 4 { Reads::Four } else { Reads::One })
            .read("source", source, Operand::Value(call.source))
    }
}
