//! The layers that all networks here are made of, as Burn modules with constant weights.
//!
//! Burn's own `Conv2d` and `Linear` hold trainable parameters. The networks here are held fixed while a code is climbed
//! through them, so their weights are plain tensors on the device without autodiff: no gradient of a weight can be
//! computed, by construction.

use burn::{
    module::Module,
    tensor::{
        Device, Tensor,
        module::{conv_transpose2d, conv2d, max_pool2d},
        ops::{ConvOptions, ConvTransposeOptions, MaxPoolOptions},
    },
};

use super::{
    config::{self, ConvolutionConfig, LinearConfig},
    weights::{Weights, WeightsError},
};

/// A convolution, or transposed convolution, with bias.
#[derive(Module, Debug)]
pub(super) struct Convolution {
    /// `[out, in, kernel, kernel]`; `[in, out, kernel, kernel]` where transposed, as PyTorch has it.
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
    padding: usize,
    transposed: bool,
}

impl ConvolutionConfig {
    /// Takes `NAME.weight` and `NAME.bias` for a convolution of `channels` input channels.
    pub(super) fn init(
        &self,
        channels: usize,
        weights: &mut Weights,
        device: &Device,
    ) -> Result<Convolution, WeightsError> {
        let ends = if self.transposed { [channels, self.channels] } else { [self.channels, channels] };
        let shape = [ends[0], ends[1], self.kernel, self.kernel];
        Ok(Convolution {
            weight: weights.take(&format!("{}.weight", self.name), shape, device)?,
            bias: weights.take(&format!("{}.bias", self.name), [self.channels], device)?,
            stride: self.stride,
            padding: self.padding,
            transposed: self.transposed,
        })
    }
}

impl Convolution {
    /// `[batch, in, height, width]` to `[batch, out, height', width']`.
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        let (weight, bias) = (self.weight.clone(), Some(self.bias.clone()));
        if self.transposed {
            conv_transpose2d(x, weight, bias, ConvTransposeOptions::new(stride, padding, [0, 0], [1, 1], 1))
        } else {
            conv2d(x, weight, bias, ConvOptions::new(stride, padding, [1, 1], 1))
        }
    }
}

/// A fully connected layer with bias.
#[derive(Module, Debug)]
pub(super) struct Linear {
    /// `[in, out]`: transposed once, when it is loaded, from PyTorch's `[out, in]`.
    weight: Tensor<2>,
    /// `[1, out]`.
    bias: Tensor<2>,
    /// Whether a graphics processor computes it.
    graphics: bool,
}

/// So many inputs are columns that a graphics processor multiplies one by one. CubeCL's kernel for two matrices computes
/// whole tiles of rows, most of them empty: on an adapter imitated in software, four inputs took 15.6 times as long as one.
/// Its kernel for a row and a matrix took longer, on an NVIDIA H100, in the gradient of one input than the one for a matrix
/// and a column in that of nine.
const MOST_VECTORS: usize = 16;

impl LinearConfig {
    /// Takes `NAME.weight` and `NAME.bias` for a layer of `inputs` input units.
    pub(super) fn init(&self, inputs: usize, weights: &mut Weights, device: &Device) -> Result<Linear, WeightsError> {
        let bias: Tensor<1> = weights.take(&format!("{}.bias", self.name), [self.units], device)?;
        Ok(Linear {
            weight: weights.take_transposed(&format!("{}.weight", self.name), [self.units, inputs], device)?,
            bias: bias.unsqueeze(),
            graphics: *device != Device::flex(),
        })
    }
}

impl Linear {
    /// `[batch, in]` to `[batch, out]`.
    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [batch, _] = x.dims();
        if self.graphics && batch <= MOST_VECTORS {
            let weight: Tensor<3> = self.weight.clone().transpose().unsqueeze();
            let columns: Tensor<3> = x.unsqueeze_dim(2);
            return weight.matmul(columns).squeeze_dim(2) + self.bias.clone();
        }
        x.matmul(self.weight.clone()) + self.bias.clone()
    }
}

/// The pooling of [`config::pool`]: `[batch, channels, height, width]` to half the height and width, rounded up.
pub(super) fn pool(x: Tensor<4>) -> Tensor<4> {
    let pool = config::pool();
    let options = MaxPoolOptions::new([pool.kernel; 2]).with_stride([pool.stride; 2]).with_padding([pool.padding; 2]);
    max_pool2d(x, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_by_one_or_at_once_is_the_same_layer() {
        let device = Device::flex();
        let spread = |rows: usize, columns: usize| {
            let values: Vec<f32> = (0..rows * columns).map(|i| ((i * 37 % 19) as f32 - 9.0) / 8.0).collect();
            Tensor::<1>::from_floats(values.as_slice(), &device).reshape([rows, columns])
        };
        let at_once = Linear { weight: spread(12, 5), bias: spread(1, 5), graphics: false };
        let one_by_one = Linear { graphics: true, ..at_once.clone() };
        let climb = |layer: &Linear| {
            let x = Tensor::<2>::from_inner(spread(3, 12)).require_grad();
            let y = layer.forward(x.clone());
            let gradients = (y.clone() * Tensor::from_inner(spread(3, 5))).sum().backward();
            let floats = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().unwrap();
            (floats(y.inner()), floats(x.grad(&gradients).unwrap()))
        };
        let ((y, dx), (y_at_once, dx_at_once)) = (climb(&one_by_one), climb(&at_once));
        let near = |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(&y, &y_at_once) && near(&dx, &dx_at_once), "{y:?}, {y_at_once:?}; {dx:?}, {dx_at_once:?}");
    }
}
