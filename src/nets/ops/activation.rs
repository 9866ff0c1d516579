//! Functions of each value by itself.

use serde::{Deserialize, Serialize};

use super::number_of;
use crate::nets::shape::{Bound, Misfit};

#[cfg(feature = "networks")]
use burn::tensor::{Tensor, activation};

/// A function of each value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// x where it is positive, else x times the slope (Maas et al. 2013).
    LeakyRelu {
        /// The slope.
        slope: f32,
    },
    /// Between two bounds; 0 and 6 make a ReLU6.
    Clip {
        /// Lower bound.
        low: f32,
        /// Upper bound, more than the lower.
        high: f32,
    },
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// x · sigmoid(x) (Elfwing et al. 2017).
    Silu,
    /// clip(x / 6 + 1/2, 0, 1) (Howard et al. 2019).
    HardSigmoid,
    /// x · hard sigmoid of x (Howard et al. 2019).
    HardSwish,
    /// Hyperbolic tangent.
    Tanh,
    /// x · Φ(x), Φ the normal distribution's (Hendrycks & Gimpel 2016).
    Gelu,
}

impl Activation {
    /// A rectification to 0..=6.
    pub const RELU6: Self = Self::Clip { low: 0.0, high: 6.0 };

    pub(super) fn check(self) -> Result<(), Misfit> {
        match self {
            Self::LeakyRelu { slope } if !slope.is_finite() => Err(number_of("slope", slope, Bound::Finite)),
            // Not `low >= high`: that lets NaN through.
            Self::Clip { low, high } if !(low.is_finite() && high.is_finite() && low < high) => {
                Err(number_of("high", high, Bound::AboveLow))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(feature = "networks")]
impl Activation {
    pub(super) fn forward(self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Relu => activation::relu(x),
            Self::LeakyRelu { slope } => activation::leaky_relu(x, f64::from(slope)),
            Self::Clip { low, high } => x.clamp(low, high),
            Self::Sigmoid => activation::sigmoid(x),
            Self::Silu => activation::silu(x),
            Self::HardSigmoid => activation::hard_sigmoid(x, 1.0 / 6.0, 0.5),
            Self::HardSwish => activation::hard_swish(x),
            Self::Tanh => activation::tanh(x),
            Self::Gelu => activation::gelu(x),
        }
    }
}
