//! Fully connected layers.

use serde::{Deserialize, Serialize};

use super::{convolution::yes, within};
use crate::nets::graph::{Misfit, Shape};

#[cfg(feature = "networks")]
use {
    crate::nets::{
        config::LinearConfig,
        layers::Linear,
        weights::{Weights, WeightsError},
    },
    burn::tensor::Device,
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
    ) -> Result<Linear, WeightsError> {
        if !self.bias {
            weights.insert(format!("{name}.bias"), vec![self.units], vec![0.0; self.units]);
        }
        let layer = LinearConfig { name: name.to_owned(), units: self.units };
        layer.init(input.values().unwrap_or(usize::MAX), weights, device)
    }
}
