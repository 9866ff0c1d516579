use burn::tensor::Tensor;

/// The gradient of `Σ|x|^α / α`, which is `sign(x)·|x|^(α-1)`.
pub fn alpha_norm_gradient(images: Tensor<4>, alpha: f32) -> Tensor<4> {
    images.clone().sign() * images.abs().powf_scalar(alpha - 1.0)
}
