//! Where a run begins.

use burn::tensor::{Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{BatchError, Model, Statistics, climb::brought, code};
use crate::{
    nets::layer::LayerKind,
    spec::{RunSpec, Start},
};

/// Standard deviations of a code that starts near the mean, in those of the training images' codes.
const NEAR: f32 = 0.5;
/// Standard deviation of the noise that an image starts from.
const IMAGE_NOISE: f32 = 0.1;

/// What runs can begin with and no spec can hold.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// For [`Start::Image`]: an image of the model's shape, `[3 · height · width]` in -1..=1.
    pub image: Option<Vec<f32>>,
    /// For [`Start::Last`]: what the run before ended in, `[runs, code]` or `[runs, 3 · height · width]`. The runs begin
    /// with these in turn, round and round, on whatever device those are.
    pub last: Option<Tensor<2>>,
}

/// What a run begins with, `[1, code]`; without a generator an image, `[1, 3 · height · width]`. `place` counts the runs
/// that begin together.
pub(super) fn first(model: &Model, run: &RunSpec, place: usize, given: &Given) -> Result<Tensor<2>, BatchError> {
    let draws = !run.prior.is_pixels();
    let pixels: usize = model.own.iter().product();
    let [channels, height, width] = model.image;
    let image = match run.start {
        Start::Last => {
            let last = given.last.as_ref().ok_or(BatchError::NoLast)?;
            let [runs, length] = last.dims();
            if length != if draws { model.statistics.mean.len() } else { pixels } {
                return Err(BatchError::OtherLast);
            }
            let own = place.checked_rem(runs).ok_or(BatchError::NoLast)?;
            return Ok(brought(last.clone().narrow(0, own, 1), &model.device));
        }
        Start::Image => {
            let whole = channels * height * width;
            let image = given.image.clone().filter(|image| image.len() == whole).ok_or(BatchError::NoImage)?;
            Tensor::from_data(TensorData::new(image, [1, channels, height, width]), &model.device)
        }
        Start::MeanImage => {
            let natural = model.natural.get().ok_or(BatchError::NoNatural)?;
            let output = model.layers.iter().find(|layer| layer.kind == LayerKind::Output);
            let is_output = |name: &str| output.is_some_and(|layer| layer.name == name);
            let unit = run.units.iter().find(|unit| unit.weight > 0.0 && is_output(&unit.layer));
            let class = unit.and_then(|unit| model.means.get(unit.index).copied().flatten());
            natural.means.image(class.ok_or(BatchError::NoNatural)?, run.seed as usize, model.image)
        }
        Start::Noise | Start::Zeros | Start::Mean | Start::NearMean => {
            let values = if draws {
                code_start(run.start, run.seed, &model.statistics)
            } else {
                image_start(run.start, run.seed, pixels)
            };
            return Ok(code::stack(&[values], &model.device));
        }
    };
    if !draws {
        return Ok(model.classifier.view(image).flatten(1, 3));
    }
    let encoder = model.encoder.get().ok_or(BatchError::NoEncoder)?;
    Ok(encoder.encode(image))
}

/// A first code from numbers alone, `[code]`.
///
/// Noise is standard normal, times each unit's standard deviation, rectified as the encoder's own output is. (The
/// published code starts at N(0, 1) for a code whose bounds are near 12; scaled to this code's spread, that is the same
/// proportion.) Near the mean, half of that noise is added to it before the rectification. The generator of random numbers
/// is ChaCha with 8 rounds, so that a seed means the same everywhere.
pub fn code_start(start: Start, seed: u32, statistics: &Statistics) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let mut noise = || -> f32 { StandardNormal.sample(&mut random) };
    match start {
        Start::Mean => statistics.mean.clone(),
        Start::NearMean => {
            let units = statistics.mean.iter().zip(&statistics.std);
            units.map(|(mean, std)| (mean + NEAR * noise() * std).max(0.0)).collect()
        }
        Start::Noise => statistics.std.iter().map(|std| (noise() * std).max(0.0)).collect(),
        _ => vec![0.0; statistics.mean.len()],
    }
}

/// A first image from numbers alone, `[3 · height · width]` in -1..=1: grey, with seeded normal noise of a standard
/// deviation of 0.1 where noise is asked for.
pub fn image_start(start: Start, seed: u32, pixels: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let mut noise = || -> f32 { StandardNormal.sample(&mut random) };
    match start {
        Start::Noise => (0..pixels).map(|_| (IMAGE_NOISE * noise()).clamp(-1.0, 1.0)).collect(),
        _ => vec![0.0; pixels],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_for_a_seed_and_never_negative() {
        let statistics = Statistics { mean: vec![0.0; 64], std: vec![2.0; 64] };
        let code = code_start(Start::Noise, 7, &statistics);
        assert_eq!(code, code_start(Start::Noise, 7, &statistics));
        assert_ne!(code, code_start(Start::Noise, 8, &statistics));
        assert!(code.iter().all(|&y| y >= 0.0) && code.iter().any(|&y| y > 0.0));
    }

    #[test]
    fn near_the_mean_is_around_it_by_half_a_deviation_and_seeds_differ() {
        let statistics = Statistics { mean: vec![10.0; 4096], std: vec![2.0; 4096] };
        let code = code_start(Start::NearMean, 7, &statistics);
        let mean = code.iter().sum::<f32>() / 4096.0;
        let variance = code.iter().map(|y| (y - mean).powi(2)).sum::<f32>() / 4096.0;
        assert!((mean - 10.0).abs() < 0.1 && (variance - 1.0).abs() < 0.1, "{mean}, {variance}");
        assert_ne!(code, code_start(Start::NearMean, 8, &statistics));
        let rectified = code_start(Start::NearMean, 7, &Statistics { mean: vec![0.0; 64], std: vec![2.0; 64] });
        assert!(rectified.iter().all(|&y| y >= 0.0) && rectified.contains(&0.0));
    }
}
