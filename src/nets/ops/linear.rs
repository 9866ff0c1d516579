//! Fully connected layers.

use serde::{Deserialize, Serialize};

use super::{convolution::yes, count};
use crate::nets::shape::{Misfit, Shape};

#[cfg(feature = "networks")]
use {
    super::{Computation, of_one},
    crate::nets::weights::Array,
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
        count("units", self.units)?;
        Ok(Shape::features(self.units))
    }

    pub(super) fn weights(&self, input: Shape) -> Vec<(&'static str, Vec<usize>)> {
        let weight = ("weight", vec![self.units, input.values().unwrap_or(usize::MAX)]);
        std::iter::once(weight).chain(self.bias.then(|| ("bias", vec![self.units]))).collect()
    }
}

#[cfg(feature = "networks")]
impl FullyConnected {
    pub(super) fn load(&self, arrays: &[(String, Array)], device: &Device) -> Computation {
        let (units, weight) = (self.units, arrays[0].1.transposed(device));
        let bias: Option<Tensor<1>> = arrays.get(1).map(|(_, bias)| bias.tensor(device));
        let layer = Linear { weight, bias: bias.map(Tensor::unsqueeze), graphics: *device != Device::flex() };
        of_one(layer, move |layer, x| {
            let [batch, ..] = x.dims();
            layer.forward(x.flatten::<2>(1, 3)).reshape([batch, units, 1, 1])
        })
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

/// The processor has other kernels for a single row, and for products of no more values than these. They add up in another
/// order, and a climb enlarges what rounding leaves: within 20 steps, pictures of 20 units came to differ by a median of 41 of 255.
#[cfg(feature = "networks")]
const SMALL: usize = 16 * 16;

#[cfg(feature = "networks")]
impl Linear {
    /// The fewest rows that the processor multiplies, or has the gradient of, in the order of its sums that more have. Fewer
    /// are multiplied several times, so that a run is the same bit for bit alone and in a batch.
    fn fewest_rows(&self) -> usize {
        let [inputs, units] = self.weight.dims();
        (SMALL / inputs.min(units).max(1) + 1).max(2)
    }

    /// `[batch, in]` to `[batch, out]`.
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [batch, _] = x.dims();
        let product = if self.graphics && batch <= MOST_VECTORS {
            let weight: Tensor<3> = self.weight.clone().transpose().unsqueeze();
            let columns: Tensor<3> = x.unsqueeze_dim(2);
            weight.matmul(columns).squeeze_dim(2)
        } else {
            match self.fewest_rows().div_ceil(batch.max(1)) {
                0 | 1 => x.matmul(self.weight.clone()),
                times => x.repeat_dim(0, times).matmul(self.weight.clone()).narrow(0, 0, batch),
            }
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

    fn spread(rows: usize, columns: usize) -> Tensor<2> {
        let values: Vec<f32> = (0..rows * columns).map(|i| ((i * 37 % 19) as f32 - 9.0) / 8.0).collect();
        Tensor::<1>::from_floats(values.as_slice(), &Device::flex()).reshape([rows, columns])
    }

    fn floats(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// What a layer makes of some rows, and the gradient of a weighted sum of that.
    fn climbed(layer: &Linear, x: Tensor<2>, weights: Tensor<2>) -> (Vec<f32>, Vec<f32>) {
        let x = Tensor::<2>::from_inner(x).require_grad();
        let y = layer.forward(x.clone());
        let gradients = (y.clone() * Tensor::from_inner(weights)).sum().backward();
        (floats(y.inner()), floats(x.grad(&gradients).unwrap()))
    }

    #[test]
    fn a_row_is_the_same_bit_for_bit_alone_and_among_others() {
        // Inputs and units of a small layer, of one whose output is narrow, and of one as wide as most.
        for [inputs, units] in [[12, 5], [128, 10], [600, 300]] {
            let layer = Linear { weight: spread(inputs, units) / 7.0, bias: Some(spread(1, units)), graphics: false };
            let (x, weights) = (spread(70, inputs) / 3.0, spread(70, units) / 11.0);
            let (all, gradients) = climbed(&layer, x.clone(), weights.clone());
            for count in [1, 2, 3, 9] {
                let part = |rows: &Tensor<2>| rows.clone().narrow(0, 0, count);
                let (y, dx) = climbed(&layer, part(&x), part(&weights));
                assert_eq!((y.len(), dx.len()), (count * units, count * inputs));
                let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same(&y, &all) && same(&dx, &gradients), "{count} of 70 rows, {inputs} inputs, {units} units");
            }
        }
    }

    #[test]
    fn one_by_one_or_at_once_is_the_same_layer() {
        let at_once = Linear { weight: spread(12, 5), bias: Some(spread(1, 5)), graphics: false };
        let one_by_one = Linear { graphics: true, ..at_once.clone() };
        let climb = |layer: &Linear| climbed(layer, spread(3, 12), spread(3, 5));
        let ((y, dx), (y_at_once, dx_at_once)) = (climb(&one_by_one), climb(&at_once));
        let near = |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(&y, &y_at_once) && near(&dx, &dx_at_once), "{y:?}, {y_at_once:?}; {dx:?}, {dx_at_once:?}");
    }
}
