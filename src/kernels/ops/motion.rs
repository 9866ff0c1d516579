//! Pictures moved and rescaled, each in every step by numbers of its own.

use super::Call;
use crate::{
    kernels::{
        shader::Shader,
        values::{Operand, Program, Refusal, Value},
    },
    nets::shape::Shape,
};

/// A picture moved round, so that what leaves at an edge comes in at the other, and then enlarged about its middle at the
/// same size, bilinear between pixels' centres, its edges drawn out where it shrinks.
#[derive(Debug, Clone, PartialEq)]
pub struct Motion {
    /// Shape of what it reads and gives.
    pub shape: Shape,
    /// What is done with each picture, a row each: see [`Step`](crate::kernels::Step).
    pub steps: Value,
}

impl Motion {
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
        self.launch(call, include_str!("motion.wgsl"))
    }

    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
        self.launch(call, include_str!("motion_gradient.wgsl"))
    }

    fn launch(&self, call: Call, body: &str) -> Result<Program, Refusal> {
        let Shape { channels, height, width } = self.shape;
        Shader::default()
            .number("CHANNELS", channels)
            .number("HEIGHT", height)
            .number("WIDTH", width)
            .text(include_str!("moved.wgsl"))
            .read("source", "f32", Operand::Value(call.source))
            .read("steps", "vec4<f32>", Operand::Value(self.steps))
            .finish_flat(call.name, body, call.epilogue, call.batch * channels * height * width)
    }
}
