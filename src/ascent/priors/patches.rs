use burn::tensor::{Int, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ascent::Dictionary;

impl Dictionary {
    /// Images `[batch, 3, height, width]` with each patch of a grid, which begins at `offset` (down and across, below the
    /// patches' side), replaced by its nearest neighbour: the patch's own mean, channel by channel, and the dictionary's
    /// patch of the most similar shape at the contrast that brings it nearest. Patches are natural in shape at any
    /// brightness and contrast, so that is what the dictionary holds. Over the edges of the grid the images stay.
    pub fn nearest(&self, images: Tensor<4>, [down, across]: [usize; 2]) -> Tensor<4> {
        let [batch, channels, height, width] = images.dims();
        let side = self.side;
        let (rows, columns) = (height.saturating_sub(down) / side, width.saturating_sub(across) / side);
        if rows == 0 || columns == 0 {
            return images;
        }
        let place = [0..batch, 0..channels, down..down + rows * side, across..across + columns * side];
        let grid = [batch, channels, rows, side, columns, side].map(|n| n as i32);
        let cut: Tensor<6> = images.clone().slice(place.clone()).reshape(grid);
        let count = batch * rows * columns;
        let patches: Tensor<3> = cut.permute([0, 2, 4, 1, 3, 5]).reshape([count, channels, side * side]);
        let mean = patches.clone().mean_dim(2);
        let shapes: Tensor<2> = (patches - mean.clone()).reshape([count, channels * side * side]);
        let likeness = shapes.matmul(self.patches.clone().transpose());
        let (contrast, index): (Tensor<2>, Tensor<2, Int>) = likeness.max_dim_with_indices(1);
        let found = self.patches.clone().select(0, index.squeeze_dim(1)) * contrast.clamp_min(0.0);
        let found: Tensor<3> = found.reshape([count, channels, side * side]) + mean;
        let back: Tensor<6> = found.reshape([batch, rows, columns, channels, side, side]);
        let back = back.permute([0, 3, 1, 4, 2, 5]).reshape([batch, channels, rows * side, columns * side]);
        images.slice_assign(place, back)
    }

    /// The gradient of `Σ|p - nearest(p)|² / 2` (the data-driven patch prior of Wei et al. 2015, the neighbours held) at images
    /// `[batch, 3, height, width]`, each run with its own grid at this step.
    pub fn gradient(&self, images: Tensor<4>, seeds: &[u32], step: u32) -> Tensor<4> {
        let nearest = seeds.iter().enumerate().map(|(run, &seed)| {
            let image = images.clone().narrow(0, run, 1);
            self.nearest(image, grid_offset(seed, step, self.side))
        });
        images.clone() - Tensor::cat(nearest.collect(), 0)
    }
}

/// Where a run's grid of patches begins at a step, down and across, each from 0 to `side - 1`: the same for a seed and a
/// step everywhere.
fn grid_offset(seed: u32, step: u32, side: usize) -> [usize; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed) << 32 | u64::from(step));
    // The stream apart from those of the other priors.
    random.set_stream(4);
    [(); 2].map(|()| random.random_range(0..side.max(1)))
}

impl Dictionary {
    /// A dictionary of `patches`, `[count, 3, side, side]`: zero mean in each channel and length 1, which is made sure of
    /// here, since a file may have rounded them.
    pub fn new(patches: Vec<f32>, count: usize, side: usize, device: &burn::tensor::Device) -> Self {
        let area = side * side;
        let shapes = Tensor::<3>::from_data(TensorData::new(patches, [count, 3, area]), device);
        let shapes: Tensor<2> = (shapes.clone() - shapes.mean_dim(2)).reshape([count, 3 * area]);
        let length = shapes.clone().powi_scalar(2).sum_dim(1).sqrt().clamp_min(1e-6);
        Self { patches: shapes / length, side }
    }
}
