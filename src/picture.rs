//! From tensors read back to pictures: pixels, a PNG file, and what the classifier sees in them.

use std::io::Cursor;

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::png::PngEncoder,
    imageops::{self, FilterType},
};

use crate::engine::protocol::Guess;

/// Converts one image of a batch, `[3, height, width]` in -1..=1, to `height · width · 4` bytes of RGBA.
///
/// -1 is black and 1 is full intensity: `round((x + 1) · 127.5)`. What is not a number is drawn black.
pub fn rgba(image: &[f32]) -> Vec<u8> {
    let area = image.len() / 3;
    let byte = |x: f32| ((x + 1.0) * 127.5).round() as u8;
    (0..area).flat_map(|i| [byte(image[i]), byte(image[area + i]), byte(image[2 * area + i]), u8::MAX]).collect()
}

/// The `count` likeliest classes of one image's logits, likeliest first, with their softmax probabilities.
pub fn top(logits: &[f32], count: usize) -> Vec<Guess> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    let largest = order.first().map_or(0.0, |&i| logits[i]);
    let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    let guess =
        |&i: &usize| Guess { class: i as u32, probability: (logits[i] - largest).exp() / sum, logit: logits[i] };
    order.iter().take(count).map(guess).collect()
}

/// Encodes RGBA pixels as a PNG file, enlarged by a whole factor without smoothing.
///
/// # Errors
/// What the encoder says, for instance where `pixels` are not `width · height · 4` bytes.
pub fn png(pixels: &[u8], width: u32, height: u32, factor: u32) -> Result<Vec<u8>, image::ImageError> {
    let picture = image::RgbaImage::from_raw(width, height, pixels.to_vec()).ok_or_else(|| {
        let kind = image::error::ParameterErrorKind::DimensionMismatch;
        image::ImageError::Parameter(image::error::ParameterError::from_kind(kind))
    })?;
    let picture = imageops::resize(&picture, width * factor, height * factor, FilterType::Nearest);
    let mut bytes = Cursor::new(Vec::new());
    PngEncoder::new(&mut bytes).write_image(&picture, picture.width(), picture.height(), ExtendedColorType::Rgba8)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_span_black_to_full_and_survive_nan() {
        assert_eq!(rgba(&[-1.0, 1.0, 0.0, f32::NAN, 2.0, -3.0]), [0, 128, 255, 255, 255, 0, 0, 255]);
    }

    #[test]
    fn the_likeliest_class_is_first_and_probabilities_sum_to_one() {
        let guesses = top(&[1.0, 3.0, 2.0], 3);
        assert_eq!(guesses.iter().map(|guess| guess.class).collect::<Vec<_>>(), [1, 2, 0]);
        assert!((guesses.iter().map(|guess| guess.probability).sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_png_is_enlarged_by_its_factor_and_decodes_to_its_pixels() {
        let file = png(&[10, 20, 30, 255, 40, 50, 60, 255], 2, 1, 4).unwrap();
        let read = image::load_from_memory(&file).unwrap().to_rgba8();
        assert_eq!((read.width(), read.height()), (8, 4));
        assert_eq!(read.get_pixel(3, 3).0, [10, 20, 30, 255]);
        assert_eq!(read.get_pixel(4, 0).0, [40, 50, 60, 255]);
    }
}
