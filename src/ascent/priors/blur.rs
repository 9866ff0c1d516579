use burn::tensor::{Tensor, TensorData, module::conv2d, ops::ConvOptions};

/// Images `[batch, channels, height, width]` blurred with a Gaussian (the prior of Yosinski et al. 2015) of standard
/// deviation `sigma` in pixels, above 0, edges repeated. The weight of each pixel is the
/// Gaussian's integral over it, so that a σ far below one pixel blurs a little and not at all too much.
pub fn blur(images: Tensor<4>, sigma: f32) -> Tensor<4> {
    let weights = weights(sigma);
    along(along(images, &weights, 2), &weights, 3)
}

/// From the middle outwards to both sides, `2r + 1` weights that sum to 1.
fn weights(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    let below = |x: f64| normal_distribution(x / f64::from(sigma));
    let mut weights: Vec<f64> =
        (-radius..=radius).map(|i| below(f64::from(i) + 0.5) - below(f64::from(i) - 0.5)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights.iter().map(|&weight| weight as f32).collect()
}

/// The standard normal's cumulative distribution, to 1e-7 (Abramowitz & Stegun 7.1.26 gives the error function).
fn normal_distribution(x: f64) -> f64 {
    let z = x.abs() / 2_f64.sqrt();
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let error = 1.0 - polynomial * (-z * z).exp();
    if x < 0.0 { (1.0 - error) / 2.0 } else { (1.0 + error) / 2.0 }
}

/// Blurs along one dimension, 2 or 3.
fn along(images: Tensor<4>, weights: &[f32], dim: usize) -> Tensor<4> {
    let [batch, channels, height, width] = images.dims();
    let radius = weights.len() / 2;
    let side = images.dims()[dim];
    let edge = |at: usize| images.clone().narrow(dim, at, 1);
    let mut parts = vec![edge(0); radius];
    parts.push(images.clone());
    parts.extend(vec![edge(side - 1); radius]);
    let padded = Tensor::cat(parts, dim);
    let kernel = if dim == 2 { [1, 1, weights.len(), 1] } else { [1, 1, 1, weights.len()] };
    let kernel = Tensor::from_data(TensorData::new(weights.to_vec(), kernel), &images.device());
    // Every channel by itself, as an image of its own.
    let extended = if dim == 2 { [height + 2 * radius, width] } else { [height, width + 2 * radius] };
    let planes = padded.reshape([batch * channels, 1, extended[0], extended[1]]);
    let blurred = conv2d(planes, kernel, None, ConvOptions::new([1, 1], [0, 0], [1, 1], 1));
    blurred.reshape([batch, channels, height, width])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_are_the_gaussians_share_of_each_pixel() {
        for sigma in [0.1, 0.28, 1.0, 3.0] {
            assert!((weights(sigma).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        // The share within half a standard deviation of the mean is 0.3829.
        assert!((weights(1.0)[3] - 0.3829).abs() < 2e-3);
        assert!(weights(0.1)[1] > 0.999);
    }
}
