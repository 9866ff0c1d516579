//! Sheets of many pictures as JPEG files, and how near such a file comes to its pictures.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, ImageError, codecs::jpeg::JpegEncoder};

use super::Pixels;

/// Pictures of one size, `columns` to a row, each in the upper left of a cell `[width, height]`. What of a cell is left over
/// repeats the picture's edge; cells without a picture are white.
pub fn tiled(pictures: &[Pixels], columns: usize, cell: [usize; 2]) -> Pixels {
    let columns = columns.max(1);
    let rows = pictures.len().div_ceil(columns);
    let [width, height] = [columns * cell[0], rows * cell[1]];
    let mut rgba = vec![u8::MAX; 4 * width * height];
    for (number, picture) in pictures.iter().enumerate() {
        let (left, top) = (number % columns * cell[0], number / columns * cell[1]);
        for y in 0..cell[1] {
            for x in 0..cell[0] {
                let pixel = pixel(picture, x, y);
                let place = 4 * ((top + y) * width + left + x);
                rgba[place..place + 4].copy_from_slice(&pixel);
            }
        }
    }
    Pixels { width: width as u32, height: height as u32, rgba }
}

/// One of the pictures on a sheet of [`tiled`] ones, of that size.
pub fn cut(sheet: &Pixels, number: usize, columns: usize, cell: [usize; 2], [width, height]: [u32; 2]) -> Pixels {
    let (left, top) = (number % columns.max(1) * cell[0], number / columns.max(1) * cell[1]);
    let place = |y: usize, x: usize| pixel(sheet, left + x, top + y);
    let rgba = (0..height as usize).flat_map(|y| (0..width as usize).flat_map(move |x| place(y, x))).collect();
    Pixels { width, height, rgba }
}

/// A pixel, or of what lies beyond the edge the nearest one.
fn pixel(picture: &Pixels, x: usize, y: usize) -> [u8; 4] {
    let (x, y) = (x.min(picture.width.max(1) as usize - 1), y.min(picture.height.max(1) as usize - 1));
    let place = 4 * (y * picture.width as usize + x);
    picture.rgba.get(place..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([u8::MAX; 4])
}

/// Encodes a picture as a JPEG file of a quality from 1 to 100, its colours as fine as its brightness.
///
/// # Errors
/// What the encoder says, for instance where the picture is larger than such a file can be.
pub fn jpeg(picture: &Pixels, quality: u8) -> Result<Vec<u8>, ImageError> {
    let Pixels { width, height, rgba } = picture;
    let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut bytes = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.write_image(&rgb, *width, *height, ExtendedColorType::Rgb8)?;
    Ok(bytes.into_inner())
}

/// Decodes a picture file.
///
/// # Errors
/// What the decoder says.
pub fn decoded(file: &[u8]) -> Result<Pixels, ImageError> {
    let picture = image::load_from_memory(file)?.to_rgba8();
    Ok(Pixels { width: picture.width(), height: picture.height(), rgba: picture.into_raw() })
}

/// Peak signal-to-noise ratio of a picture to the one that it was made from, in decibels, over red, green and blue; infinite
/// where they are equal.
pub fn noise_ratio(picture: &Pixels, original: &Pixels) -> f64 {
    let colours = |pixels: &'_ Pixels| pixels.rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect::<Vec<_>>();
    let (found, wanted) = (colours(picture), colours(original));
    let squares = found.iter().zip(&wanted).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
    10.0 * (255.0_f64.powi(2) * wanted.len() as f64 / squares).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that grows brighter to the right, in a shade.
    fn picture(shade: u8) -> Pixels {
        let rgba = (0..10 * 6).flat_map(|i| [shade, (i % 10) as u8 * 20, 90, 255]).collect();
        Pixels { width: 10, height: 6, rgba }
    }

    #[test]
    fn pictures_are_found_on_their_sheet_again() {
        let pictures = [picture(0), picture(100), picture(200)];
        let sheet = tiled(&pictures, 2, [16, 8]);
        assert_eq!((sheet.width, sheet.height), (32, 16));
        for (number, picture) in pictures.iter().enumerate() {
            assert_eq!(cut(&sheet, number, 2, [16, 8], [10, 6]), *picture);
        }
        let edge = cut(&sheet, 1, 2, [16, 8], [16, 8]);
        assert_eq!(edge.rgba[4 * 15..4 * 15 + 3], [100, 180, 90], "the edge goes on to the end of the cell");
        assert_eq!(sheet.rgba[4 * (32 * 8 + 16)..][..4], [255; 4], "there is no fourth picture");
    }

    #[test]
    fn a_better_file_is_longer_and_nearer() {
        let sheet = tiled(&[picture(0), picture(100), picture(200)], 2, [16, 8]);
        let files = [30, 95].map(|quality| jpeg(&sheet, quality).unwrap());
        let ratios = files.each_ref().map(|file| noise_ratio(&decoded(file).unwrap(), &sheet));
        assert!(files[0].len() < files[1].len() && ratios[0] + 3.0 < ratios[1] && ratios[1] > 30.0, "{ratios:?}");
        assert_eq!(noise_ratio(&sheet, &sheet), f64::INFINITY);
        assert!(decoded(&files[0][..files[0].len() / 2]).is_err() && decoded(b"<html>").is_err());
    }
}
