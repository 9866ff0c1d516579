//! Convolutions and transposed convolutions.

use serde::{Deserialize, Serialize};

use super::{Ends, count, number_of, size};
use crate::nets::shape::{Bound, Misfit, Shape};

#[cfg(feature = "networks")]
use {
    super::{Computation, of_one},
    crate::nets::weights::Array,
    burn::tensor::{
        Device, Tensor,
        module::{conv_transpose2d, conv2d},
        ops::{ConvOptions, ConvTransposeOptions},
    },
};

/// A convolution. `NAME.weight` is `[out, in / groups, rows, columns]`, `NAME.bias` `[out]`, as PyTorch has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolution {
    /// Channels of its output.
    pub channels: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Stride along rows and columns.
    #[serde(default = "ones")]
    pub stride: [usize; 2],
    /// Zeros before and after, of rows and of columns; they may be uneven.
    #[serde(default)]
    pub padding: [[usize; 2]; 2],
    /// Distance of the kernel's elements.
    #[serde(default = "ones")]
    pub dilation: [usize; 2],
    /// Groups of channels; as many as channels for a depthwise convolution.
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether there is a bias.
    #[serde(default = "yes")]
    pub bias: bool,
}

/// A transposed convolution. `NAME.weight` is `[in, out / groups, rows, columns]`, `NAME.bias` `[out]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransposedConvolution {
    /// Channels of its output.
    pub channels: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Stride along rows and columns.
    pub stride: [usize; 2],
    /// What is cut off on each side of rows and of columns.
    #[serde(default)]
    pub padding: [usize; 2],
    /// What is added at the end of rows and of columns.
    #[serde(default)]
    pub output_padding: [usize; 2],
    /// Groups of channels.
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether there is a bias.
    #[serde(default = "yes")]
    pub bias: bool,
}

pub(super) const fn ones() -> [usize; 2] {
    [1, 1]
}

const fn one() -> usize {
    1
}

pub(super) const fn yes() -> bool {
    true
}

impl Convolution {
    /// A convolution with a square kernel, the same stride and padding on all sides, and bias.
    pub const fn square(channels: usize, kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            channels,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [[padding; 2]; 2],
            dilation: [1, 1],
            groups: 1,
            bias: true,
        }
    }

    pub(super) fn shape(&self, input: Shape) -> Result<Shape, Misfit> {
        check(input, self.channels, self.groups)?;
        let side = |axis: usize, side: usize| {
            let window = Window::of(&self.kernel, &self.stride, &self.padding, &self.dilation, axis)?;
            window.side(side)?.ok_or(Misfit::Kernel { input })
        };
        Ok(Shape::map(self.channels, side(0, input.height)?, side(1, input.width)?))
    }

    pub(super) fn weights(&self, input: Shape) -> Vec<(&'static str, Vec<usize>)> {
        let [rows, columns] = self.kernel;
        let weight = ("weight", vec![self.channels, input.channels / self.groups.max(1), rows, columns]);
        std::iter::once(weight).chain(self.bias.then(|| ("bias", vec![self.channels]))).collect()
    }

    /// For every place of the result what its window covers of one group's channels, or the padded input where that is more.
    pub(super) fn windows(&self, input: Shape, output: Shape) -> Option<usize> {
        let unfolded = unfolded(input.channels / self.groups.max(1), self.kernel, output)?;
        Some(unfolded.max(super::padded(input, &self.padding)?))
    }

    pub(super) fn reads(&self, ends: Ends, axis: usize, from: usize) -> Option<Ends> {
        Window::of(&self.kernel, &self.stride, &self.padding, &self.dilation, axis).ok()?.reads(ends, from)
    }
}

impl TransposedConvolution {
    /// A transposed convolution with a square kernel, the same stride and padding on all sides, and bias.
    pub const fn square(channels: usize, kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            channels,
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            output_padding: [0, 0],
            groups: 1,
            bias: true,
        }
    }

    pub(super) fn shape(&self, input: Shape) -> Result<Shape, Misfit> {
        check(input, self.channels, self.groups)?;
        let side = |axis: usize, side: usize| {
            let (kernel, stride) = (self.kernel[axis.min(1)], self.stride[axis.min(1)]);
            let (padding, added) = (self.padding[axis.min(1)], self.output_padding[axis.min(1)]);
            count("kernel", kernel)?;
            count("stride", stride)?;
            size("padding", padding)?;
            if added >= stride {
                return Err(number_of("output_padding", added, Bound::BelowStride));
            }
            let whole = (side - 1).checked_mul(stride).and_then(|side| side.checked_add(kernel + added));
            let whole = whole.ok_or(Misfit::Large)?;
            whole.checked_sub(2 * padding).filter(|side| *side > 0).ok_or(Misfit::Kernel { input })
        };
        Ok(Shape::map(self.channels, side(0, input.height)?, side(1, input.width)?))
    }

    pub(super) fn weights(&self, input: Shape) -> Vec<(&'static str, Vec<usize>)> {
        let [rows, columns] = self.kernel;
        let weight = ("weight", vec![input.channels, self.channels / self.groups.max(1), rows, columns]);
        std::iter::once(weight).chain(self.bias.then(|| ("bias", vec![self.channels]))).collect()
    }

    /// For every place of the input what it writes of one group's channels.
    pub(super) fn windows(&self, input: Shape, output: Shape) -> Option<usize> {
        unfolded(output.channels / self.groups.max(1), self.kernel, input)
    }

    pub(super) fn reads(&self, (first, last): Ends, axis: usize, from: usize) -> Option<Ends> {
        let axis = axis.min(1);
        let (kernel, stride, padding) = (self.kernel[axis], self.stride[axis].max(1), self.padding[axis]);
        // Place j of the input writes the places j·s - p ..= j·s - p + k - 1.
        let first = (first + padding + 1).saturating_sub(kernel).div_ceil(stride);
        let last = ((last + padding) / stride).min(from.checked_sub(1)?);
        (first <= last).then_some((first, last))
    }
}

/// Values of a window of each place of a map.
fn unfolded(channels: usize, [rows, columns]: [usize; 2], places: Shape) -> Option<usize> {
    let places = places.height.checked_mul(places.width)?;
    channels.checked_mul(rows)?.checked_mul(columns)?.checked_mul(places)
}

fn check(input: Shape, channels: usize, groups: usize) -> Result<(), Misfit> {
    count("channels", channels)?;
    count("groups", groups)?;
    for channels in [input.channels, channels] {
        if channels % groups != 0 {
            return Err(Misfit::Groups { groups, channels });
        }
    }
    Ok(())
}

/// A window that slides along one axis.
pub(super) struct Window {
    /// How far it reaches, dilation counted in.
    reach: usize,
    stride: usize,
    padding: [usize; 2],
}

impl Window {
    pub(super) fn of(
        kernel: &[usize; 2],
        stride: &[usize; 2],
        padding: &[[usize; 2]; 2],
        dilation: &[usize; 2],
        axis: usize,
    ) -> Result<Self, Misfit> {
        let axis = axis.min(1);
        let (kernel, stride, padding, dilation) = (kernel[axis], stride[axis], padding[axis], dilation[axis]);
        for (field, number) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
            count(field, number)?;
        }
        for padding in padding {
            size("padding", padding)?;
        }
        let reach = (kernel - 1).checked_mul(dilation).and_then(|reach| reach.checked_add(1)).ok_or(Misfit::Large)?;
        Ok(Self { reach, stride, padding })
    }

    /// Places of the result along the axis; `None` where the window has no room.
    pub(super) fn side(&self, side: usize) -> Result<Option<usize>, Misfit> {
        let [before, after] = self.padding;
        let room = side.checked_add(before + after).ok_or(Misfit::Large)?;
        Ok(room.checked_sub(self.reach).map(|room| room / self.stride + 1))
    }

    /// What of an axis of `from` places the places `ends` of the result read; padding is none of it.
    pub(super) fn reads(&self, (first, last): Ends, from: usize) -> Option<Ends> {
        let [before, _] = self.padding;
        let end = (last.checked_mul(self.stride)?.checked_add(self.reach)?).checked_sub(before + 1)?;
        let first = first.checked_mul(self.stride)?.saturating_sub(before);
        let last = end.min(from.checked_sub(1)?);
        (first <= last).then_some((first, last))
    }
}

/// Kernel and bias on a device.
#[cfg(feature = "networks")]
fn kernel(arrays: &[(String, Array)], device: &Device) -> (Tensor<4>, Option<Tensor<1>>) {
    (arrays[0].1.tensor(device), arrays.get(1).map(|(_, bias)| bias.tensor(device)))
}

#[cfg(feature = "networks")]
impl Convolution {
    pub(super) fn load(&self, arrays: &[(String, Array)], device: &Device) -> Computation {
        let kernel = kernel(arrays, device);
        let padding = self.padding.map(|[before, after]| (before, after));
        let options = ConvOptions::new_with_padding(self.stride, padding, self.dilation, self.groups);
        of_one(kernel, move |(weight, bias), x| conv2d(x, weight.clone(), bias.clone(), options.clone()))
    }
}

#[cfg(feature = "networks")]
impl TransposedConvolution {
    pub(super) fn load(&self, arrays: &[(String, Array)], device: &Device) -> Computation {
        let kernel = kernel(arrays, device);
        let options = ConvTransposeOptions::new(self.stride, self.padding, self.output_padding, [1, 1], self.groups);
        of_one(kernel, move |(weight, bias), x| conv_transpose2d(x, weight.clone(), bias.clone(), options.clone()))
    }
}
