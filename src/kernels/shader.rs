//! The part of a kernel's WGSL that a plan writes: its numbers as constants, its bindings, and what it does with a sum before
//! it is stored.

use std::fmt::Write;

use super::{
    epilogue::{Derivative, Epilogue},
    values::{Array, Operand, Program, Reads, Refusal},
};
use crate::nets::ops::Activation;

/// Invocations of every kernel's workgroup.
pub(super) const THREADS: usize = 256;
/// The standard's limit on workgroups along an axis.
const MOST_GROUPS: usize = 65_535;

/// A kernel's program while it is written.
#[derive(Debug, Default)]
pub(super) struct Shader {
    head: String,
    reads: Vec<Operand>,
    /// The array that is read as `weight`, and how.
    weights: Option<(Array, Reads)>,
}

impl Shader {
    /// A constant that is a `u32`.
    pub fn number(mut self, name: &str, value: usize) -> Self {
        let _ = writeln!(self.head, "const {name}: u32 = {value}u;");
        self
    }

    /// A constant that is an `i32`.
    pub fn integer(mut self, name: &str, value: i64) -> Self {
        let _ = writeln!(self.head, "const {name}: i32 = {value}i;");
        self
    }

    /// A constant that is a `bool`.
    pub fn flag(mut self, name: &str, value: bool) -> Self {
        let _ = writeln!(self.head, "const {name}: bool = {value};");
        self
    }

    /// Declarations.
    pub fn text(mut self, text: &str) -> Self {
        self.head.push_str(text);
        self
    }

    /// What it reads, as an array of elements of a type.
    pub fn read(mut self, name: &str, element: &str, operand: Operand) -> Self {
        let number = self.reads.len();
        let _ = writeln!(self.head, "@group(0) @binding({number}) var<storage, read> {name}: array<{element}>;");
        self.reads.push(operand);
        self
    }

    /// The weights that it reads by `weight_at(place)`, or `weights_at(place of four)`, and `factor_of(row)`, which say what one is
    /// together.
    pub fn weights(self, array: Array, reads: Reads) -> Self {
        let shader = self.read("weight", "Weight", Operand::Array(array));
        Self { weights: Some((array, reads)), ..shader }
    }

    /// The program of a kernel whose body is `body`. That stores `settle(value, channel, place)` in `result[place]`.
    pub fn finish(
        mut self,
        name: &str,
        body: &str,
        epilogue: &Epilogue,
        groups: [usize; 3],
    ) -> Result<Program, Refusal> {
        let mut settle = String::from("fn settle(value: f32, channel: u32, place: u32) -> f32 {\n    var v = value;\n");
        if let Some(bias) = epilogue.bias {
            self = self.read("bias", "f32", Operand::Array(bias));
            settle.push_str("    v += bias[channel];\n");
        }
        if let Some(summand) = epilogue.summand {
            self = self.read("summand", "f32", Operand::Value(summand));
            settle.push_str("    v += summand[place];\n");
        }
        if let Some(activation) = epilogue.activation {
            let _ = writeln!(settle, "    v = {};", applied(activation));
        }
        if let Some(Derivative { of, kept }) = epilogue.derivative {
            self = self.read("kept", "f32", Operand::Value(kept));
            let _ = writeln!(settle, "    let k = kept[place];\n    v *= {};", derived(of));
        }
        settle.push_str("    return v;\n}\n");
        let Self { head, reads, weights } = self;
        let binding = reads.len();
        let source = format!(
            "{head}@group(0) @binding({binding}) var<storage, read_write> result: array<f32>;\n{GAUSS}{settle}\n{body}"
        );
        if groups.iter().any(|count| *count > MOST_GROUPS) {
            return Err(Refusal::Large { node: name.to_owned() });
        }
        Ok(Program { name: name.to_owned(), source, groups: groups.map(|count| count as u32), reads, weights })
    }

    /// The program of a kernel of which each invocation computes one of `count` values: `body` has `compute(place)`, which
    /// stores the value of that place.
    pub fn finish_flat(self, name: &str, body: &str, epilogue: &Epilogue, count: usize) -> Result<Program, Refusal> {
        let body = format!("{body}{FLAT}");
        self.number("COUNT", count).finish(name, &body, epilogue, [count.div_ceil(THREADS), 1, 1])
    }
}

/// The entry of a kernel that computes one value an invocation.
const FLAT: &str = "\
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < COUNT) {
        compute(id.x);
    }
}
";

/// The normal distribution: Φ by Abramowitz & Stegun 1964, 7.1.26, to 1.5e-7.
const GAUSS: &str = "\
fn normal(x: f32) -> f32 {
    let z = abs(x) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * z);
    let tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    let half = 0.5 * tail * exp(-z * z);
    return select(half, 1.0 - half, x > 0.0);
}
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
";

/// An activation of `v`.
fn applied(activation: Activation) -> String {
    match activation {
        Activation::Relu => "max(v, 0.0)".into(),
        Activation::LeakyRelu { slope } => format!("select(v * ({slope:?}f), v, v > 0.0)"),
        Activation::Clip { low, high } => format!("clamp(v, {low:?}f, {high:?}f)"),
        Activation::Sigmoid => "sigmoid(v)".into(),
        Activation::Silu => "v * sigmoid(v)".into(),
        Activation::HardSigmoid => "clamp(v / 6.0 + 0.5, 0.0, 1.0)".into(),
        Activation::HardSwish => "v * clamp(v / 6.0 + 0.5, 0.0, 1.0)".into(),
        // By exponentials it would be none for large values.
        Activation::Tanh => "tanh(clamp(v, -15.0, 15.0))".into(),
        Activation::Gelu => "v * normal(v)".into(),
    }
}

/// An activation's derivative from `k`, what was kept of it.
fn derived(activation: Activation) -> String {
    match activation {
        Activation::Relu => "select(0.0, 1.0, k > 0.0)".into(),
        Activation::LeakyRelu { slope } => format!("select({slope:?}f, 1.0, k > 0.0)"),
        Activation::Clip { low, high } => format!("select(0.0, 1.0, k > {low:?}f && k < {high:?}f)"),
        Activation::Sigmoid => "k * (1.0 - k)".into(),
        Activation::Silu => "sigmoid(k) * (1.0 + k * (1.0 - sigmoid(k)))".into(),
        Activation::HardSigmoid => "select(0.0, 0.16666667, k > 0.0 && k < 1.0)".into(),
        Activation::HardSwish => "select(select(k / 3.0 + 0.5, 1.0, k >= 3.0), 0.0, k <= -3.0)".into(),
        Activation::Tanh => "(1.0 - k * k)".into(),
        Activation::Gelu => "(normal(k) + k * 0.39894228 * exp(-0.5 * k * k))".into(),
    }
}
