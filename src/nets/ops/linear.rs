//! Fully connected layers.

use serde::{Deserialize, Serialize};

use super::{convolution::yes, within};
use crate::nets::shape::{Misfit, Shape};

#[cfg(feature = "networks")]
use {
    super::{Computation, of_one},
    crate::nets::weights::{Weights, WeightsError},
    burn::tensor::{Device, Tensor},
};

/// A fully connected layer. `NAME.weight` is `[units, values]`, `NAME.bias` `[units]`, as PyTorch has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullyConnected {
    /// Units of its output.
    pub units: usize,
    /// Whether there is a bias.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl FullyConnected {
    pub(super) fn shape(&self, _input: Shape) -> Result<Shape, Misfit> {
        within("number of units", self.units, 1, "1 or more")?;
        Ok(Shape::features(self.units))
    }

    pub(super) fn weights(&self, input: Shape) -> Vec<(&'static str, Vec<usize>)> {
        let weight = ("weight", vec![self.units, input.values().unwrap_or(usize::MAX)]);
        std::iter::once(weight).chain(self.bias.then(|| ("bias", vec![self.units]))).collect()
    }
}

#[cfg(feature = "networks")]
impl FullyConnected {
    pub(super) fn load(
        &self,
        name: &str,
        input: Shape,
        weights: &mut Weights,
        device: &Device,
    ) -> Result<Computation, WeightsError> {
        let (units, inputs) = (self.units, input.values().unwrap_or(usize::MAX));
        let weight = weights.take_transposed(&format!("{name}.weight"), [units, inputs], device)?;
        let bias: Option<Tensor<1>> =
            self.bias.then(|| weights.take(&format!("{name}.bias"), [units], device)).transpose()?;
        let layer = Linear { weight, bias: bias.map(Tensor::unsqueeze), graphics: *device != Device::flex() };
        Ok(of_one(layer, move |layer, x| {
            let [batch, ..] = x.dims();
            layer.forward(x.flatten::<2>(1, 3)).reshape([batch, units, 1, 1])
        }))
    }
}

/// The layer on a device.
#[cfg(feature = "networks")]
#[derive(Debug, Clone)]
struct Linear {
    /// `[in, out]`: transposed once, when it is loaded, from PyTorch's `[out, in]`.
    weight: Tensor<2>,
    /// `[1, out]`.
    bias: Option<Tensor<2>>,
    /// Whether a graphics processor computes it.
    graphics: bool,
}

/// So many inputs are columns that a graphics processor multiplies one by one. CubeCL's kernel for two matrices computes
/// whole tiles of rows, most of them empty: on an adapter imitated in software, four inputs took 15.6 times as long as one.
/// Its kernel for a row and a matrix took longer, on an NVIDIA H100, in the gradient of one input than the one for a matrix
/// and a column in that of nine.
#[cfg(feature = "networks")]
const MOST_VECTORS: usize = 16;

#[cfg(feature = "networks")]
impl Linear {
    /// `[batch, in]` to `[batch, out]`.
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [batch, _] = x.dims();
        let product = if self.graphics && batch <= MOST_VECTORS {
            let weight: Tensor<3> = self.weight.clone().transpose().unsqueeze();
            let columns: Tensor<3> = x.unsqueeze_dim(2);
            weight.matmul(columns).squeeze_dim(2)
        } else {
            x.matmul(self.weight.clone())
        };
        match &self.bias {
            Some(bias) => product + bias.clone(),
            None => product,
        }
    }
}

#[cfg(all(test, feature = "networks"))]
mod tests {
    use super::*;

    #[test]
    fn one_by_one_or_at_once_is_the_same_layer() {
        let device = Device::flex();
        let spread = |rows: usize, columns: usize| {
            let values: Vec<f32> = (0..rows * columns).map(|i| ((i * 37 % 19) as f32 - 9.0) / 8.0).collect();
            Tensor::<1>::from_floats(values.as_slice(), &device).reshape([rows, columns])
        };
        let at_once = Linear { weight: spread(12, 5), bias: Some(spread(1, 5)), graphics: false };
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
