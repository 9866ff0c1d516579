//! How different pictures look: the distance of their features in a classifier's convolutional layers.

use burn::tensor::{Tensor, activation::relu};

use super::{Viewer, viewer};
use crate::engine::EngineError;

/// Added to a length before dividing by it.
const EPSILON: f32 = 1e-6;

/// Mean perceptual distance over all pairs of some images, each `[3 · height · width]` in -1..=1.
///
/// The distance of two images is that of Zhang et al. 2018 (LPIPS) without learned weights: in every convolutional layer
/// each position's features, rectified, are scaled to length 1; the squared lengths of their differences are averaged
/// over positions, then over layers. 0 for equal images, 2 at most.
///
/// # Errors
/// [`EngineError::Readback`] where the device fails.
pub fn spread(viewer: &Viewer, images: &[Vec<f32>]) -> Result<f32, EngineError> {
    let names: Vec<&str> = viewer.convolutions.iter().map(String::as_str).collect();
    let layers = viewer.look(images, &names).taps;
    let count = layers.len().max(1) as f32;
    let distances = layers.into_iter().map(|layer| mean_distance(relu(layer)));
    Ok(distances.sum::<Result<f32, _>>()? / count)
}

/// For one layer, `[images, channels, height, width]`.
///
/// Of n unit vectors u the mean of |u_i - u_j|² over pairs is 2·(n·Σ|u|² - |Σu|²) / (n·(n - 1)), so no pair need be
/// formed.
fn mean_distance(layer: Tensor<4>) -> Result<f32, EngineError> {
    let [n, _, height, width] = layer.dims();
    if n < 2 {
        return Ok(0.0);
    }
    let length = layer.clone().powi_scalar(2).sum_dim(1).sqrt() + EPSILON;
    let unit = layer / length;
    let squares = unit.clone().powi_scalar(2).sum() * n as f32;
    let total = unit.sum_dim(0).powi_scalar(2).sum();
    let sum: f32 = viewer::rows((squares - total).unsqueeze())?.iter().flatten().sum();
    let positions = (height * width) as f32;
    Ok(2.0 * sum / (n as f32 * (n as f32 - 1.0)) / positions)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn equal_maps_are_0_apart_and_the_mean_is_over_pairs() {
        let device = Device::flex();
        let same = Tensor::<4>::from_floats([[[[3.0]], [[4.0]]], [[[6.0]], [[8.0]]]], &device);
        assert!(mean_distance(same.clone()).unwrap().abs() < 1e-4, "only directions count");
        // Directions (1, 0), (0, 1), (1, 0): two pairs are 2 apart, one is 0.
        let three = Tensor::<4>::from_floats([[[[1.0]], [[0.0]]], [[[0.0]], [[5.0]]], [[[2.0]], [[0.0]]]], &device);
        assert!((mean_distance(three).unwrap() - 4.0 / 3.0).abs() < 1e-4);
        assert!(mean_distance(viewer::tests::unreadable(same)).is_err(), "what cannot be read back is no distance");
    }
}
