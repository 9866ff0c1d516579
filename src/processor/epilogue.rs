//! What is done with a value before it is stored.

use serde::{Deserialize, Serialize};

/// An activation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// x, or a factor times it below 0.
    LeakyRelu(f32),
    /// x, not below the first nor above the second.
    Clip(f32, f32),
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// x · sigmoid(x).
    Silu,
    /// x / 6 + 1/2, within 0..=1.
    HardSigmoid,
    /// x times its hard sigmoid.
    HardSwish,
    /// tanh x.
    Tanh,
    /// x · Φ(x).
    Gelu,
}

/// What is done with what an operation has computed, in this order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Epilogue<'a> {
    /// Added, channel by channel.
    pub bias: Option<&'a [f32]>,
    /// Added, value by value.
    pub summand: Option<&'a [f32]>,
    /// Applied.
    pub activation: Option<Activation>,
    /// The derivative of an activation that is multiplied with, from what was kept of it: its result, or what it read where that
    /// does not tell it.
    pub derivative: Option<(Activation, &'a [f32])>,
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Φ by Abramowitz & Stegun 1964, 7.1.26, to 1.5e-7.
fn normal(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let tail = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_7) * t - 0.284_496_74) * t + 0.254_829_6) * t;
    let half = 0.5 * tail * (-z * z).exp();
    if x > 0.0 { 1.0 - half } else { half }
}

impl Epilogue<'_> {
    /// Whether it does nothing.
    pub(crate) fn is_none(&self) -> bool {
        self.bias.is_none() && self.summand.is_none() && self.activation.is_none() && self.derivative.is_none()
    }

    /// Does it to the values of one place, from a channel on; `place` is where the first of them is among all.
    #[inline(always)]
    pub(crate) fn settle(&self, values: &mut [f32], channel: usize, place: usize) {
        let count = values.len();
        if let Some(bias) = self.bias {
            add(values, &bias[channel..][..count]);
        }
        if let Some(summand) = self.summand {
            add(values, &summand[place..][..count]);
        }
        if let Some(activation) = self.activation {
            activation.apply(values);
        }
        if let Some((activation, kept)) = self.derivative {
            activation.times_derivative(values, &kept[place..][..count]);
        }
    }

    /// Does it to whole places, of which `place` is the first value's among all.
    #[inline(always)]
    pub(crate) fn settle_places(&self, values: &mut [f32], channels: usize, place: usize) {
        if self.is_none() {
            return;
        }
        for (number, values) in values.chunks_mut(channels.max(1)).enumerate() {
            self.settle(values, 0, place + number * channels);
        }
    }
}

#[inline(always)]
fn add(values: &mut [f32], others: &[f32]) {
    values.iter_mut().zip(others).for_each(|(value, other)| *value += other);
}

#[inline(always)]
fn each(values: &mut [f32], of: impl Fn(f32) -> f32) {
    values.iter_mut().for_each(|value| *value = of(*value));
}

#[inline(always)]
fn times(values: &mut [f32], kept: &[f32], of: impl Fn(f32) -> f32) {
    values.iter_mut().zip(kept).for_each(|(value, kept)| *value *= of(*kept));
}

impl Activation {
    #[inline(always)]
    fn apply(self, values: &mut [f32]) {
        match self {
            Self::Relu => each(values, |x| if x < 0.0 { 0.0 } else { x }),
            Self::LeakyRelu(slope) => each(values, |x| if x > 0.0 { x } else { x * slope }),
            Self::Clip(low, high) => each(values, |x| {
                let x = if x < low { low } else { x };
                if x > high { high } else { x }
            }),
            Self::Sigmoid => each(values, sigmoid),
            Self::Silu => each(values, |x| x * sigmoid(x)),
            Self::HardSigmoid => each(values, |x| (x / 6.0 + 0.5).clamp(0.0, 1.0)),
            Self::HardSwish => each(values, |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
            Self::Tanh => each(values, f32::tanh),
            Self::Gelu => each(values, |x| x * normal(x)),
        }
    }

    #[inline(always)]
    fn times_derivative(self, values: &mut [f32], kept: &[f32]) {
        match self {
            Self::Relu => times(values, kept, |k| if k > 0.0 { 1.0 } else { 0.0 }),
            Self::LeakyRelu(slope) => times(values, kept, |k| if k > 0.0 { 1.0 } else { slope }),
            Self::Clip(low, high) => times(values, kept, |k| if k > low && k < high { 1.0 } else { 0.0 }),
            Self::Sigmoid => times(values, kept, |k| k * (1.0 - k)),
            Self::Silu => times(values, kept, |k| sigmoid(k) * (1.0 + k * (1.0 - sigmoid(k)))),
            Self::HardSigmoid => times(values, kept, |k| if k > 0.0 && k < 1.0 { 1.0 / 6.0 } else { 0.0 }),
            Self::HardSwish => times(values, kept, |k| {
                if k <= -3.0 {
                    0.0
                } else if k >= 3.0 {
                    1.0
                } else {
                    k / 3.0 + 0.5
                }
            }),
            Self::Tanh => times(values, kept, |k| 1.0 - k * k),
            Self::Gelu => {
                let density = std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2 / 2.0;
                times(values, kept, |k| normal(k) + k * density * (-0.5 * k * k).exp());
            }
        }
    }
}
