//! Sums over all numbers of an image.

use crate::kernels::{
    launch::{Launch, Operand, Refusal, Value},
    shader::{Epilogue, Shader, THREADS},
};

/// What is summed up, image by image.
#[derive(Debug, Clone, Copy)]
pub enum Reduction {
    /// Each number times the one of another value at its place.
    Product(Value),
    /// Magnitudes, to their mean.
    MeanMagnitude,
}

impl Reduction {
    /// The launch that sums up `numbers` of each image into one number of the result; epilogue included.
    pub fn launch(
        self,
        name: &str,
        [batch, numbers]: [usize; 2],
        source: Value,
        result: Value,
        summand: Option<Value>,
    ) -> Result<Launch, Refusal> {
        let mut shader = Shader::default().number("NUMBERS", numbers).number("THREADS", THREADS).read(
            "source",
            "f32",
            Operand::Value(source),
        );
        let term = match self {
            Self::Product(other) => {
                shader = shader.read("other", "f32", Operand::Value(other));
                "source[place] * other[place]"
            }
            Self::MeanMagnitude => "abs(source[place]) / f32(NUMBERS)",
        };
        let term = format!("fn term(place: u32) -> f32 {{ return {term}; }}\n");
        let epilogue = Epilogue { summand, ..Epilogue::default() };
        shader.text(&term).finish(name, include_str!("reduction.wgsl"), &epilogue, result, [batch, 1, 1])
    }
}
