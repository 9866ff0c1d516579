//! The code: how far it may go, and how a gradient moves it.

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a code is like over the training images, unit by unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Mean of each code unit.
    pub mean: Vec<f32>,
    /// Standard deviation of each code unit.
    pub std: Vec<f32>,
}

impl Statistics {
    /// The largest value of each code unit, so many standard deviations above the mean; none where there is no bound. (The
    /// published code adds 3 standard deviations to the mean; its paper leaves the mean out.)
    pub fn upper(&self, deviations: Option<f32>) -> Option<Vec<f32>> {
        let k = deviations?;
        Some(self.mean.iter().zip(&self.std).map(|(mean, std)| mean + k * std).collect())
    }
}

/// Standard normal noise for a run's step, `[count]`, the same for a seed and a step everywhere: PPGN's third term
/// before its scale.
pub fn noise(seed: u32, step: u32, count: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed) << 32 | u64::from(step));
    // The stream apart from those of the start and of jitter.
    random.set_stream(2);
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}

/// Codes as one tensor `[batch, code]`.
pub(super) fn stack(codes: &[Vec<f32>], device: &Device) -> Tensor<2> {
    let units = codes.first().map_or(0, Vec::len);
    Tensor::from_data(TensorData::new(codes.concat(), [codes.len(), units]), device)
}

/// The range of what is climbed.
#[derive(Debug, Clone)]
pub enum Bounds {
    /// Everything: a code that is not clipped.
    Free,
    /// Every code unit in `[0, upper]`; `upper` is `[1, code]`.
    Code {
        /// `mean + k·std`.
        upper: Box<Tensor<2>>,
    },
    /// Pixels in -1..=1.
    Pixels,
}

impl Bounds {
    /// Bounds `deviations` standard deviations above the mean, or none.
    pub fn new(statistics: &Statistics, deviations: Option<f32>, device: &Device) -> Self {
        match statistics.upper(deviations) {
            Some(upper) => Self::Code { upper: Box::new(stack(&[upper], device)) },
            None => Self::Free,
        }
    }

    /// Brings codes `[batch, code]`, or pixels `[batch, pixels]`, back into their range.
    pub fn clip(&self, y: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Free => y,
            Self::Code { upper } => y.clamp_min(0.0).min_pair(*upper.clone()),
            Self::Pixels => y.clamp(-1.0, 1.0),
        }
    }
}

/// What one step does to a code, once the gradient is known.
#[derive(Debug, Clone, Copy)]
pub struct Update<'a> {
    /// Step size of this step, in units of the code.
    pub rate: f32,
    /// Factor on the code after the step.
    pub decay: f32,
    /// Range of the code.
    pub bounds: &'a Bounds,
}

impl Update<'_> {
    /// Moves codes `[batch, code]` along their gradients of the same shape: `y ← decay · clip(y + rate · g / mean|g|)`.
    /// A pull, where there is one, is added to `g / mean|g|`.
    ///
    /// Gives the new codes and each run's `mean|g|`, `[batch]`. Where that is 0 or not finite there is no direction to
    /// go: that run's code stays as it is, so that no NaN is ever written into a code.
    pub fn apply(&self, code: Tensor<2>, gradient: Tensor<2>, pull: Option<Tensor<2>>) -> (Tensor<2>, Tensor<1>) {
        let magnitude = gradient.clone().abs().mean_dim(1);
        // Comparisons with NaN are false, so a NaN is not usable either.
        let unusable = (magnitude.clone().greater_elem(0.0) & magnitude.clone().lower_equal_elem(f32::MAX)).bool_not();
        let unusable = unusable.expand(code.dims());
        let direction = gradient / magnitude.clone();
        let direction = match pull {
            Some(pull) => direction + pull,
            None => direction,
        };
        let moved = code.clone() + direction * self.rate;
        let moved = self.bounds.clip(moved) * self.decay;
        (moved.mask_where(unusable, code), magnitude.squeeze_dim(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics() -> Statistics {
        Statistics { mean: vec![0.5, 1.0], std: vec![0.1, 0.5] }
    }

    #[test]
    fn bounds_are_the_mean_and_three_deviations() {
        let bounds = Bounds::new(&statistics(), Some(3.0), &Device::flex());
        let clipped = bounds.clip(Tensor::from_floats([[-1.0, 9.0], [9.0, 1.0]], &Device::flex()));
        let clipped = clipped.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(clipped[0], 0.0);
        assert!((clipped[1] - 2.5).abs() < 1e-6 && (clipped[2] - 0.8).abs() < 1e-6);
        assert_eq!(clipped[3], 1.0);
    }
}
