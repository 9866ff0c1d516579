//! Weights times factors of what they are multiplied with: a normalisation of the input, taken into the layer behind it.

use crate::kernels::{
    epilogue::Epilogue,
    shader::Shader,
    values::{Array, Operand, Program, Reads, Refusal},
};

/// Weight `i` times factor `i / inner mod number of factors`, as floats.
#[derive(Debug)]
pub struct Scaling {
    /// How many weights.
    pub values: usize,
    /// Places along the side of their array that has factors of its own.
    pub places: usize,
    /// Weights of one of these places, one behind the other.
    pub within: usize,
    /// How many factors.
    pub factors: usize,
    /// Weights with the same factor, one behind the other.
    pub inner: usize,
}

impl Scaling {
    /// The kernel; it reads the weights and the factors.
    pub fn program(&self) -> Result<Program, Refusal> {
        const BODY: &str = "\
fn compute(place: u32) {
    result[place] = weight_at(place) * factor_of(place / WITHIN % PLACES) * factors[place / INNER % FACTORS];
}
";
        Shader::default()
            .number("PLACES", self.places.max(1))
            .number("WITHIN", self.within.max(1))
            .number("INNER", self.inner)
            .number("FACTORS", self.factors)
            .weights(Array(0), Reads::One)
            .read("factors", "f32", Operand::Array(Array(1)))
            .finish_flat("scaling", BODY, &Epilogue::default(), self.values)
    }
}
