//! Normalisations: by the statistics of training, over neighbouring channels, over all channels.

use serde::{Deserialize, Serialize};

use super::{count, number_of, positive};
use crate::nets::shape::{Bound, Misfit};

#[cfg(feature = "networks")]
use {
    super::{Computation, of_channels, of_one},
    crate::nets::weights::Array,
    burn::tensor::{Device, Tensor, module::avg_pool2d, ops::AvgPoolOptions},
};

/// (x - mean) / √(variance + ε) · weight + bias, a channel, with the statistics of training (Ioffe & Szegedy 2015):
/// `NAME.weight`, `NAME.bias`, `NAME.running_mean` and `NAME.running_var`, each `[channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNorm {
    /// ε, more than 0.
    pub epsilon: f32,
}

/// x / (k + α/n · Σ x²)^β over the n channels around each (Krizhevsky et al. 2012).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalResponseNorm {
    /// n.
    pub size: usize,
    /// α.
    pub alpha: f32,
    /// β.
    pub beta: f32,
    /// k.
    pub k: f32,
}

/// (x - mean) / √(variance + ε) · weight + bias over all channels of each position (Ba et al. 2016): `NAME.weight` and
/// `NAME.bias`, each `[channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    /// ε, more than 0.
    pub epsilon: f32,
}

/// Largest power of a normalisation; Krizhevsky et al. have 0.75. Burn panics at powers that no integer holds.
const MAX_POWER: f32 = 16.0;

impl BatchNorm {
    pub(super) fn check(self) -> Result<(), Misfit> {
        positive("epsilon", self.epsilon)
    }
}

impl LocalResponseNorm {
    pub(super) fn check(self) -> Result<(), Misfit> {
        count("size", self.size)?;
        positive("alpha", self.alpha)?;
        positive("beta", self.beta)?;
        if self.beta > MAX_POWER {
            return Err(number_of("beta", self.beta, Bound::UpTo(16)));
        }
        positive("k", self.k)
    }
}

impl LayerNorm {
    pub(super) fn check(self) -> Result<(), Misfit> {
        positive("epsilon", self.epsilon)
    }
}

#[cfg(feature = "networks")]
impl BatchNorm {
    /// One factor and one summand a channel, computed once.
    pub(super) fn load(self, arrays: &[(String, Array)], device: &Device) -> Computation {
        let [weight, bias, mean, variance] = [0, 1, 2, 3].map(|number| arrays[number].1.values());
        let scale = weight.iter().zip(&variance).map(|(weight, variance)| weight / (variance + self.epsilon).sqrt());
        let scale = scale.collect::<Vec<f32>>();
        let shift = bias.iter().zip(mean.iter().zip(&scale)).map(|(bias, (mean, scale))| bias - mean * scale);
        let shift = of_channels(&shift.collect::<Vec<f32>>(), device);
        of_one((of_channels(&scale, device), shift), |(scale, shift), x| x * scale.clone() + shift.clone())
    }
}

#[cfg(feature = "networks")]
impl LocalResponseNorm {
    pub(super) fn forward(self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        // The mean over neighbouring channels is a pooling along them.
        let squares = x.clone().square().reshape([batch, 1, channels, height * width]);
        let options = AvgPoolOptions::new([self.size, 1])
            .with_stride([1, 1])
            .with_padding_pairs([(self.size / 2, (self.size - 1) / 2), (0, 0)])
            .with_count_include_pad(true);
        let means = avg_pool2d(squares, options).reshape([batch, channels, height, width]);
        x / (means * self.alpha + self.k).powf_scalar(self.beta)
    }
}

#[cfg(feature = "networks")]
impl LayerNorm {
    pub(super) fn load(self, arrays: &[(String, Array)], device: &Device) -> Computation {
        let array = |number: usize| of_channels(&arrays[number].1.values(), device);
        of_one((array(0), array(1)), move |(weight, bias), x| {
            let centred = x.clone() - x.mean_dim(1);
            let variance = centred.clone().square().mean_dim(1);
            centred / (variance + self.epsilon).sqrt() * weight.clone() + bias.clone()
        })
    }
}
