//! Sums over all numbers of an image.

use super::Call;
use crate::kernels::{
    shader::{Shader, THREADS},
    values::{Operand, Program, Refusal, Value},
};

/// What is summed up, image by image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reduction {
    /// Each number times the one of another value at its place.
    Product(Value),
    /// Magnitudes, to their mean.
    MeanMagnitude,
}

impl Reduction {
    /// The program that sums up `numbers` of each image into one number of the result.
    pub fn program(self, call: Call, numbers: usize) -> Result<Program, Refusal> {
        let mut shader = Shader::default().number("NUMBERS", numbers).number("THREADS", THREADS).read(
            "source",
            "f32",
            Operand::Value(call.source),
        );
        let term = match self {
            Self::Product(other) => {
                shader = shader.read("other", "f32", Operand::Value(other));
                "source[place] * other[place]"
            }
            Self::MeanMagnitude => "abs(source[place]) / f32(NUMBERS)",
        };
        let term = format!("fn term(place: u32) -> f32 {{ return {term}; }}\n");
        shader.text(&term).finish(call.name, include_str!("reduction.wgsl"), call.epilogue, [call.batch, 1, 1])
    }
}
