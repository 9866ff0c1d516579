//! Small rescaling: the picture is looked at a little larger or smaller in every step.

use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The factor of a run at a step (Olah et al. 2017 rescale so), from `1 - share` to `1 + share`: the same for a seed and a
/// step everywhere, whatever came before.
pub fn factor(seed: u32, step: u32, share: f32) -> f32 {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed) << 32 | u64::from(step));
    // The stream apart from those of the start, of jitter, of PPGN's noise, of the bias to the centre and of patches.
    random.set_stream(5);
    1.0 + share * random.random_range(-1.0..=1.0)
}

/// Images `[batch, 3, height, width]`, each enlarged about its middle by its factor, at the same size: what grows out of it
/// is cut off, and where it shrinks its edges are drawn out. Between pixels' centres it is bilinear.
///
/// Bilinear resampling along rows and columns is a product with a matrix each, so the gradient finds its way back by itself.
pub fn rescaled(images: Tensor<4>, factors: &[f32]) -> Tensor<4> {
    let ([runs, channels, height, width], device) = (images.dims(), images.device());
    let matrices = |side: usize| -> Tensor<4> {
        let values: Vec<f32> = factors.iter().flat_map(|&factor| matrix(side, factor)).collect();
        let matrices = Tensor::<3>::from_data(TensorData::new(values, [runs, side, side]), &device);
        matrices.unsqueeze_dim::<4>(1).expand([runs, channels, side, side])
    };
    let rows = matrices(height).matmul(images);
    rows.matmul(matrices(width).swap_dims(2, 3))
}

/// The matrix `[side, side]` that resamples a row of pixels by a factor about its middle.
fn matrix(side: usize, factor: f32) -> Vec<f32> {
    let mut matrix = vec![0.0; side * side];
    let last = side.saturating_sub(1);
    let middle = last as f32 / 2.0;
    for (pixel, row) in matrix.chunks_mut(side.max(1)).enumerate() {
        let from = ((pixel as f32 - middle) / factor + middle).clamp(0.0, last as f32);
        let (low, share) = (from as usize, from.fract());
        row[low] += 1.0 - share;
        row[(low + 1).min(last)] += share;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn a_row_is_resampled_about_its_middle() {
        // Twice as large: the two in the middle, each and what lies a quarter away from it.
        let row = [0.0, 1.0, 2.0, 3.0];
        let product = |factor: f32| -> Vec<f32> {
            matrix(4, factor).chunks(4).map(|m| m.iter().zip(&row).map(|(m, x)| m * x).sum()).collect()
        };
        assert_eq!(product(1.0), row);
        assert_eq!(product(2.0), [0.75, 1.25, 1.75, 2.25]);
        // Half as large: what lies outside is the edge.
        assert_eq!(product(0.5), [0.0, 0.5, 2.5, 3.0]);
    }

    #[test]
    fn each_run_has_its_own_factor_and_an_even_image_stays_even() {
        let image = Tensor::<4>::ones([2, 3, 5, 8], &Device::flex()) * 0.5;
        let even = rescaled(image, &[1.3, 0.8]).into_data().try_to_vec::<f32>().unwrap();
        assert!(even.iter().all(|x| (x - 0.5).abs() < 1e-6));
        let ramp: Vec<f32> = (0..80).map(|i| (i % 8) as f32).collect();
        let ramps = Tensor::<4>::from_data(TensorData::new(ramp, [2, 1, 5, 8]), &Device::flex());
        let found = rescaled(ramps, &[2.0, 1.0]).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(found[..3], [1.75, 2.25, 2.75]);
        assert_eq!(found[40..43], [0.0, 1.0, 2.0]);
    }

    #[test]
    fn the_factor_is_the_same_for_a_seed_and_step_and_keeps_to_its_range() {
        let factors: Vec<f32> = (0..500).map(|step| factor(7, step, 0.2)).collect();
        assert!(factors.iter().all(|f| (0.8..=1.2).contains(f)));
        assert!(factors.iter().any(|f| *f < 0.82) && factors.iter().any(|f| *f > 1.18));
        assert_eq!(factor(7, 3, 0.2), factors[3]);
        assert_eq!(factor(7, 3, 0.0), 1.0);
    }
}
