//! Each channel times a factor plus a summand: constants of a graph, and with neither a place for an epilogue.

use super::Call;
use crate::{
    kernels::{
        shader::Shader,
        values::{Array, Operand, Program, Refusal},
    },
    nets::shape::Shape,
};

/// `x · scale + shift`, channel by channel; the shift is an epilogue's bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Channels {
    /// Shape of what it reads and gives.
    pub shape: Shape,
    /// Factor of each channel.
    pub scale: Option<Array>,
    /// Whether what it gives is read in another shape than what it reads: the same numbers, row by row.
    pub rearranges: bool,
}

impl Channels {
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
        let Shape { channels, height, width } = self.shape;
        let mut shader = Shader::default().number("CHANNELS", channels).number("PLANE", height * width).read(
            "source",
            "f32",
            Operand::Value(call.source),
        );
        shader = match self.scale {
            Some(scale) => shader
                .read("scale", "f32", Operand::Array(scale))
                .text("fn scaled(value: f32, channel: u32) -> f32 { return value * scale[channel]; }\n"),
            None => shader.text("fn scaled(value: f32, channel: u32) -> f32 { return value; }\n"),
        };
        let count = call.batch * channels * height * width;
        shader.finish_flat(call.name, include_str!("channels.wgsl"), call.epilogue, count)
    }

    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
        self.forward(call)
    }

    pub fn passes_gradient(&self) -> bool {
        self.scale.is_none() && !self.rearranges
    }
}
