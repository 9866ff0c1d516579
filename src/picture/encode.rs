//! From tensors read back to pictures: pixels, a PNG file, and what the classifier sees in them.

use std::io::Cursor;

use image::{
    Delay, ExtendedColorType, Frame, ImageEncoder,
    codecs::{
        gif::{GifEncoder, Repeat},
        png::PngEncoder,
    },
    imageops::{self, FilterType},
};

use super::{Guess, Picture, Pixels};

/// Converts one image of a batch, `[3, height, width]` in -1..=1, to `height · width · 4` bytes of RGBA.
///
/// -1 is black and 1 is full intensity: `round((x + 1) · 127.5)`. What is not a number is drawn black.
pub fn rgba(image: &[f32]) -> Vec<u8> {
    let area = image.len() / 3;
    let byte = |x: f32| ((x + 1.0) * 127.5).round() as u8;
    (0..area).flat_map(|i| [byte(image[i]), byte(image[area + i]), byte(image[2 * area + i]), u8::MAX]).collect()
}

/// Interleaved bytes, `samples` a pixel of which the first three are RGB, to planes `[3 · height · width]` in -1..=1.
pub fn planes(pixels: &[u8], samples: usize) -> Vec<f32> {
    let plane = |channel: usize| pixels.iter().skip(channel).step_by(samples);
    (0..3).flat_map(|channel| plane(channel).map(|&byte| f32::from(byte) / 127.5 - 1.0)).collect()
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
    let picture = image::RgbaImage::from_raw(width, height, pixels.to_vec()).ok_or_else(mismatch)?;
    let picture = imageops::resize(&picture, width * factor, height * factor, FilterType::Nearest);
    let mut bytes = Cursor::new(Vec::new());
    PngEncoder::new(&mut bytes).write_image(&picture, picture.width(), picture.height(), ExtendedColorType::Rgba8)?;
    Ok(bytes.into_inner())
}

/// Longest side of a moving picture, in pixels: frames are enlarged towards it by a whole factor, smoothly.
const ANIMATION_SIDE: u32 = 256;
/// Hundredths of a second that a frame is seen, and that the last one is.
const FRAME_SEEN: [u32; 2] = [5, 200];

/// Encodes pictures of one size as a GIF file that goes on for ever and rests on its last frame.
///
/// # Errors
/// What the encoder says, for instance where a frame's pixels are not `width · height · 4` bytes.
pub fn animation(frames: &[Pixels]) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    encoder.set_repeat(Repeat::Infinite)?;
    for (number, Pixels { width, height, rgba }) in frames.iter().enumerate() {
        let factor = (ANIMATION_SIDE / (*width).max(*height).max(1)).max(1);
        let frame = image::RgbaImage::from_raw(*width, *height, rgba.clone()).ok_or_else(mismatch)?;
        let frame = imageops::resize(&frame, width * factor, height * factor, FilterType::CatmullRom);
        let seen = FRAME_SEEN[usize::from(number + 1 == frames.len())];
        let delay = Delay::from_numer_denom_ms(10 * seen, 1);
        encoder.encode_frame(Frame::from_parts(frame, 0, 0, delay))?;
    }
    drop(encoder);
    Ok(bytes)
}

fn mismatch() -> image::ImageError {
    let kind = image::error::ParameterErrorKind::DimensionMismatch;
    image::ImageError::Parameter(image::error::ParameterError::from_kind(kind))
}

/// Encodes pictures of one size as one PNG file, `columns` to a row and row after row, enlarged by a whole factor.
///
/// # Errors
/// What the encoder says, for instance where a picture's pixels are not `width · height · 4` bytes.
pub fn sheet(pictures: &[Picture], columns: u32, factor: u32) -> Result<Vec<u8>, image::ImageError> {
    let (width, height) = pictures.first().map_or((1, 1), |picture| (picture.width, picture.height));
    let columns = columns.clamp(1, pictures.len().max(1) as u32);
    let rows = (pictures.len().max(1) as u32).div_ceil(columns);
    let stride = (columns * width * 4) as usize;
    let mut pixels = vec![u8::MAX; stride * (rows * height) as usize];
    for (index, picture) in pictures.iter().enumerate() {
        let (row, column) = (index as u32 / columns, index as u32 % columns);
        let start = (row * height) as usize * stride + (column * width * 4) as usize;
        for (line, source) in picture.rgba.chunks((width * 4) as usize).take(height as usize).enumerate() {
            pixels[start + line * stride..][..source.len()].copy_from_slice(source);
        }
    }
    png(&pixels, columns * width, rows * height, factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_span_black_to_full_and_survive_nan() {
        assert_eq!(rgba(&[-1.0, 1.0, 0.0, f32::NAN, 2.0, -3.0]), [0, 128, 255, 255, 255, 0, 0, 255]);
    }

    #[test]
    fn bytes_become_planes_and_back() {
        let pixels = [0, 255, 10, 255, 128, 1, 2, 255];
        let image = planes(&pixels, 4);
        assert_eq!((image[0], image[2]), (-1.0, 1.0), "red of the first pixel, green of the first pixel");
        assert_eq!(rgba(&image), pixels);
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

    #[test]
    fn a_sheet_has_its_pictures_row_by_row_and_is_white_where_there_is_none() {
        let picture = |shade: u8| Picture {
            width: 2,
            height: 1,
            rgba: [[shade, 0, 0, 255], [0, shade, 0, 255]].concat(),
            activation: 0.0,
            top: Vec::new(),
        };
        let file = sheet(&[picture(1), picture(2), picture(3)], 2, 3).unwrap();
        let read = image::load_from_memory(&file).unwrap().to_rgba8();
        assert_eq!((read.width(), read.height()), (12, 6));
        let at = |x: u32, y: u32| read.get_pixel(3 * x, 3 * y).0;
        assert_eq!(
            [at(0, 0), at(1, 0), at(2, 0), at(0, 1)],
            [[1, 0, 0, 255], [0, 1, 0, 255], [2, 0, 0, 255], [3, 0, 0, 255]]
        );
        assert_eq!(at(2, 1), [255; 4]);
        assert!(sheet(&[], 20, 1).is_ok());
    }
}
