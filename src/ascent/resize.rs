use burn::tensor::{
    Tensor,
    module::interpolate,
    ops::{InterpolateMode, InterpolateOptions},
};

/// Images `[batch, channels, height, width]` at another size, `[height', width']`, by bilinear interpolation between the
/// pixels' centres; as they are where that is their size.
pub fn resized(images: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let [.., height, width] = images.dims();
    if [height, width] == size {
        return images;
    }
    let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
    interpolate(images, options.with_output_size(size))
}
