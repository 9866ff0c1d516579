use burn::tensor::{Tensor, s};

/// Added to a squared difference, so that its root has a slope where it is 0.
const EPSILON: f32 = 1e-8;

/// The gradient of the total variation `Σ((x[i,j+1] - x[i,j])² + (x[i+1,j] - x[i,j])²)^(β/2) / β` (Mahendran & Vedaldi
/// 2015) at images `[batch, channels, height, width]`, of the same shape; over the border there is no difference. `beta`
/// is 1 or more.
///
/// With `d` the squared differences at a pixel and `p = d^(β/2 - 1)`, each difference pulls its two pixels together by
/// `p` times itself.
pub fn total_variation_gradient(images: Tensor<4>, beta: f32) -> Tensor<4> {
    let across = differences(images.clone(), 3);
    let down = differences(images, 2);
    let squares = across.clone().powi_scalar(2) + down.clone().powi_scalar(2);
    let p = if beta == 2.0 { squares.ones_like() } else { (squares + EPSILON).powf_scalar(beta / 2.0 - 1.0) };
    received(p.clone() * across, 3) + received(p * down, 2)
}

/// `x[i+1] - x[i]` along a dimension, and 0 at its end.
fn differences(x: Tensor<4>, dim: usize) -> Tensor<4> {
    let last = x.dims()[dim] - 1;
    let (first, next) = if dim == 2 {
        (x.clone().slice(s![.., .., ..last, ..]), x.slice(s![.., .., 1.., ..]))
    } else {
        (x.clone().slice(s![.., .., .., ..last]), x.slice(s![.., .., .., 1..]))
    };
    pad(next - first, dim, true)
}

/// `x[i-1] - x[i]` along a dimension, `x[-1]` being 0: what each pixel receives of the pull between neighbours.
fn received(x: Tensor<4>, dim: usize) -> Tensor<4> {
    let last = x.dims()[dim] - 1;
    let before =
        if dim == 2 { x.clone().slice(s![.., .., ..last, ..]) } else { x.clone().slice(s![.., .., .., ..last]) };
    pad(before, dim, false) - x
}

/// Adds one 0 along a dimension, at its end or at its beginning.
fn pad(x: Tensor<4>, dim: usize, end: bool) -> Tensor<4> {
    let mut shape = x.dims();
    shape[dim] = 1;
    let zero = Tensor::zeros(shape, &x.device());
    Tensor::cat(if end { vec![x, zero] } else { vec![zero, x] }, dim)
}
