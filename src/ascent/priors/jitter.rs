use burn::tensor::Tensor;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The offset of a run at a step (jitter: Mordvintsev et al. 2015), down and across, each from `-pixels` to `pixels`: the
/// same for a seed and a step
/// everywhere, whatever came before.
pub fn offsets(seed: u32, step: u32, pixels: u32) -> [i32; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed) << 32 | u64::from(step));
    // The first numbers of a stream are those of the starting noise where the step is 0.
    random.set_stream(1);
    let pixels = i32::try_from(pixels).unwrap_or(i32::MAX);
    [(); 2].map(|()| random.random_range(-pixels..=pixels))
}

/// Images `[batch, 3, height, width]`, each moved by its offset down and across; what leaves at an edge comes in at the
/// other, so that the opposite offset undoes it exactly.
pub fn shift(images: Tensor<4>, offsets: &[[i32; 2]]) -> Tensor<4> {
    let moved = offsets.iter().enumerate().map(|(run, &[down, across])| {
        let image = images.clone().narrow(0, run, 1);
        image.roll(&[down, across], &[2, 3])
    });
    Tensor::cat(moved.collect(), 0)
}
