//! The update of a code, once the gradient is known.

use super::Call;
use crate::kernels::{
    shader::Shader,
    values::{Array, Operand, Program, Refusal, Value},
};

/// `y ← decay · clip(y + rate · (g / mean|g| + ε1·(E(x) - y) + ε3·noise))`; a code whose gradient has no magnitude, or none that is
/// a number, stays as it is. The numbers are those of a [`Step`](crate::kernels::Step).
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Numbers of a code.
    pub units: usize,
    /// The codes y.
    pub code: Value,
    /// The gradients g.
    pub gradient: Value,
    /// Their mean magnitudes, one a code.
    pub magnitudes: Value,
    /// What is to be done in this step.
    pub steps: Value,
    /// Codes of what was drawn, E(x), before their rectification.
    pub drawn: Option<Value>,
    /// Noise of the codes' shape.
    pub noise: Option<Value>,
    /// The largest value of each number of a code, whose smallest is 0 then.
    pub upper: Option<Array>,
}

impl Update {
    /// What it reads.
    pub fn reads(&self) -> Vec<Value> {
        let always = [self.code, self.gradient, self.magnitudes, self.steps];
        always.into_iter().chain(self.drawn).chain(self.noise).collect()
    }

    /// The program; the result is the new codes.
    pub fn program(&self, call: Call) -> Result<Program, Refusal> {
        let mut shader = Shader::default()
            .number("UNITS", self.units)
            .read("code", "f32", Operand::Value(self.code))
            .read("gradient", "f32", Operand::Value(self.gradient))
            .read("magnitudes", "f32", Operand::Value(self.magnitudes))
            .read("steps", "vec4<f32>", Operand::Value(self.steps));
        let mut pull = String::from("fn pull(place: u32, epsilons: vec2<f32>) -> f32 {\n    var sum = 0.0;\n");
        if let Some(drawn) = self.drawn {
            shader = shader.read("drawn", "f32", Operand::Value(drawn));
            pull.push_str("    sum += epsilons.x * (max(drawn[place], 0.0) - code[place]);\n");
        }
        if let Some(noise) = self.noise {
            shader = shader.read("noise", "f32", Operand::Value(noise));
            pull.push_str("    sum += epsilons.y * noise[place];\n");
        }
        pull.push_str("    return sum;\n}\nfn clip(value: f32, unit: u32) -> f32 {\n");
        match self.upper {
            Some(upper) => {
                shader = shader.read("upper", "f32", Operand::Array(upper));
                pull.push_str("    return min(max(value, 0.0), upper[unit]);\n}\n");
            }
            None => pull.push_str("    return value;\n}\n"),
        }
        let body = include_str!("update.wgsl");
        shader.text(&pull).finish_flat(call.name, body, call.epilogue, call.batch * self.units)
    }
}
