//! Pooling by maximum and by mean.

use serde::{Deserialize, Serialize};

use super::{
    Ends,
    convolution::{Window, yes},
};
use crate::nets::shape::{Misfit, Shape};

#[cfg(feature = "networks")]
use burn::tensor::{
    Tensor,
    module::{avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};

/// The largest value of each window; padding never is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Stride along rows and columns.
    pub stride: [usize; 2],
    /// Padding before and after, of rows and of columns; at most half of the window each.
    #[serde(default)]
    pub padding: [[usize; 2]; 2],
}

/// The mean of each window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AveragePool {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Stride along rows and columns.
    pub stride: [usize; 2],
    /// Padding before and after, of rows and of columns; at most half of the window each.
    #[serde(default)]
    pub padding: [[usize; 2]; 2],
    /// Whether padding counts as zeros, or not at all.
    #[serde(default = "yes")]
    pub count_padding: bool,
}

impl MaxPool {
    /// A square window with the same stride and padding on all sides.
    pub const fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [stride; 2], padding: [[padding; 2]; 2] }
    }

    pub(super) fn shape(&self, input: Shape) -> Result<Shape, Misfit> {
        shape(&self.kernel, &self.stride, &self.padding, input)
    }

    pub(super) fn reads(&self, ends: Ends, axis: usize, from: usize) -> Option<Ends> {
        Window::of(&self.kernel, &self.stride, &self.padding, &[1, 1], axis).ok()?.reads(ends, from)
    }
}

impl AveragePool {
    /// A square window without padding, as far apart as it is wide.
    pub const fn square(kernel: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [kernel; 2], padding: [[0; 2]; 2], count_padding: true }
    }

    pub(super) fn shape(&self, input: Shape) -> Result<Shape, Misfit> {
        shape(&self.kernel, &self.stride, &self.padding, input)
    }

    pub(super) fn reads(&self, ends: Ends, axis: usize, from: usize) -> Option<Ends> {
        Window::of(&self.kernel, &self.stride, &self.padding, &[1, 1], axis).ok()?.reads(ends, from)
    }
}

fn shape(kernel: &[usize; 2], stride: &[usize; 2], padding: &[[usize; 2]; 2], input: Shape) -> Result<Shape, Misfit> {
    let side = |axis: usize, side: usize| {
        let window = Window::of(kernel, stride, padding, &[1, 1], axis)?;
        window.side(side)?.ok_or(Misfit::Kernel { input })
    };
    let (height, width) = (side(0, input.height)?, side(1, input.width)?);
    // A window of padding alone has no largest value and no mean.
    let wide = padding.iter().zip(kernel).any(|(padding, kernel)| padding.iter().any(|side| 2 * side > *kernel));
    if wide { Err(Misfit::Padding) } else { Ok(Shape::map(input.channels, height, width)) }
}

#[cfg(feature = "networks")]
impl MaxPool {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let padding = self.padding.map(|[before, after]| (before, after));
        let options = MaxPoolOptions::new(self.kernel).with_stride(self.stride).with_padding_pairs(padding);
        max_pool2d(x, options)
    }
}

#[cfg(feature = "networks")]
impl AveragePool {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let padding = self.padding.map(|[before, after]| (before, after));
        let options = AvgPoolOptions::new(self.kernel).with_stride(self.stride).with_padding_pairs(padding);
        avg_pool2d(x, options.with_count_include_pad(self.count_padding))
    }
}
