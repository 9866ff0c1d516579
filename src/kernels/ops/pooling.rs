//! Pooling by maximum and by mean, over windows and over all positions.

use super::Call;
use crate::{
    kernels::{
        shader::Shader,
        values::{Operand, Program, Refusal},
    },
    nets::shape::Shape,
};

/// Windows that slide over each channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    pub input: Shape,
    pub output: Shape,
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Before rows and before columns.
    pub padding: [usize; 2],
    /// Whether a mean counts padding as zeros.
    pub count_padding: bool,
}

/// The mean over all positions of each channel.
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalAverage {
    pub input: Shape,
}

impl Pool {
    /// Of each row and of each column of the result the rows or columns of its window: the first, and the one behind the last.
    pub fn windows(&self) -> [Vec<[usize; 2]>; 2] {
        let sides = [(self.input.height, self.output.height), (self.input.width, self.output.width)];
        [0, 1].map(|axis| {
            let ((from, to), padding) = (sides[axis], self.padding[axis]);
            let window = |place: usize| {
                let first = place * self.stride[axis];
                [first.max(padding) - padding, (first + self.kernel[axis]).saturating_sub(padding).min(from)]
            };
            (0..to).map(window).collect()
        })
    }

    /// y\[o\] = max of x over the window of o.
    pub fn largest(&self, call: Call) -> Result<Program, Refusal> {
        self.flat(call, self.output, include_str!("max_pool.wgsl"), self.shader(call))
    }

    /// dx\[i\] = Σ dy\[o\] over the windows whose first largest value is x\[i\].
    pub fn largest_gradient(&self, call: Call) -> Result<Program, Refusal> {
        let shader = self.shader(call).read("seen", "f32", Operand::Value(call.input));
        self.flat(call, self.input, include_str!("max_pool_gradient.wgsl"), shader)
    }

    /// y\[o\] = mean of x over the window of o.
    pub fn mean(&self, call: Call) -> Result<Program, Refusal> {
        self.flat(call, self.output, include_str!("average_pool.wgsl"), self.shader(call))
    }

    /// dx\[i\] = Σ dy\[o\] / (values of the window of o), over the windows that i is in.
    pub fn mean_gradient(&self, call: Call) -> Result<Program, Refusal> {
        self.flat(call, self.input, include_str!("average_pool_gradient.wgsl"), self.shader(call))
    }

    fn shader(&self, call: Call) -> Shader {
        Shader::default()
            .flag("COUNT_PADDING", self.count_padding)
            .number("CHANNELS", self.input.channels)
            .number("HEIGHT", self.input.height)
            .number("WIDTH", self.input.width)
            .number("TO_HEIGHT", self.output.height)
            .number("TO_WIDTH", self.output.width)
            .number("ROWS", self.kernel[0])
            .number("COLUMNS", self.kernel[1])
            .number("STRIDE_Y", self.stride[0])
            .number("STRIDE_X", self.stride[1])
            .number("PADDING_Y", self.padding[0])
            .number("PADDING_X", self.padding[1])
            .text(include_str!("window.wgsl"))
            .read("source", "f32", Operand::Value(call.source))
    }

    fn flat(&self, call: Call, to: Shape, body: &str, shader: Shader) -> Result<Program, Refusal> {
        let count = call.batch * to.channels * to.height * to.width;
        shader.finish_flat(call.name, body, call.epilogue, count)
    }
}

impl GlobalAverage {
    /// y\[c\] = mean of x\[c, ·\].
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
        let groups = [self.input.channels, call.batch, 1];
        self.shader(call).finish(call.name, include_str!("global_average.wgsl"), call.epilogue, groups)
    }

    /// dx\[c, ·\] = dy\[c\] / positions.
    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
        let count = call.batch * self.input.channels * self.input.height * self.input.width;
        let body = include_str!("global_average_gradient.wgsl");
        self.shader(call).finish_flat(call.name, body, call.epilogue, count)
    }

    fn shader(&self, call: Call) -> Shader {
        Shader::default()
            .number("CHANNELS", self.input.channels)
            .number("PLANE", self.input.height * self.input.width)
            .read("source", "f32", Operand::Value(call.source))
    }
}
