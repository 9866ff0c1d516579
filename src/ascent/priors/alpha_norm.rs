use burn::tensor::Tensor;

/// The gradient of the α-norm `Σ|x|^α / α` (Simonyan et al. 2013 with α = 2, Mahendran & Vedaldi 2015 with α = 6) at
/// images of any shape in -1..=1: `sign(x)·|x|^(α-1)`, of the same shape. `alpha` is 1 or more.
pub fn alpha_norm_gradient(images: Tensor<4>, alpha: f32) -> Tensor<4> {
    images.clone().sign() * images.abs().powf_scalar(alpha - 1.0)
}
