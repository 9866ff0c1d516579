//! From picture files to pixels, as the command line reads them. The page has the browser's own decoders.

use std::{
    fs::{self, File},
    io::{self, Cursor, ErrorKind, Read},
    path::Path,
};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgba, RgbaImage,
    imageops::{self, FilterType},
    metadata::Orientation,
};

/// Largest picture file that is read, in bytes.
pub const MAX_BYTES: u64 = 512 << 20;

/// Why a file cannot be read as a picture.
#[derive(Debug)]
pub enum ReadError {
    /// What the system says.
    File(io::Error),
    /// It is a folder, a device or a pipe.
    NoFile,
    /// It is larger than [`MAX_BYTES`].
    TooLarge,
    /// It ends before its picture does.
    CutShort,
    /// Its picture has no pixels.
    Empty,
    /// What the decoder says: no picture, a kind that is not read, a damaged one, or one too large to be decoded.
    Decoder(ImageError),
}

impl From<ImageError> for ReadError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Self::CutShort,
            error => Self::Decoder(error),
        }
    }
}

/// The bytes of a picture file.
///
/// # Errors
/// [`ReadError::File`], [`ReadError::NoFile`], [`ReadError::TooLarge`].
pub fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    // Asked before it is opened, since a pipe is waited for, and a device may have no end.
    let about = fs::metadata(path).map_err(ReadError::File)?;
    if !about.is_file() {
        return Err(ReadError::NoFile);
    }
    if about.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(ReadError::File)?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(ReadError::File)?;
    Ok(bytes)
}

/// Reads a picture file of any size (PNG, JPEG, GIF or WebP; of moving pictures the first frame), turned as its EXIF
/// orientation says, and cuts its middle out to `height · width · 4` bytes of RGBA; what is transparent is seen on white.
/// The middle is the part that the page cuts out.
///
/// # Errors
/// [`ReadError`].
pub fn fitted(file: &[u8], width: u32, height: u32) -> Result<Vec<u8>, ReadError> {
    let picture = upright(file)?.into_rgba8();
    let mut white = RgbaImage::from_pixel(picture.width(), picture.height(), Rgba([u8::MAX; 4]));
    imageops::overlay(&mut white, &picture, 0, 0);
    // Cut before it is resized: a picture of one column would have to be enlarged to a giant first.
    let [left, top, across, down] = middle([white.width(), white.height()], [width, height]);
    let middle = imageops::crop_imm(&white, left, top, across, down).to_image();
    Ok(imageops::resize(&middle, width, height, FilterType::Triangle).into_raw())
}

/// The largest part about the middle that has a shape's proportions: its left, top, width and height.
fn middle([width, height]: [u32; 2], shape: [u32; 2]) -> [u32; 4] {
    let [w, h] = shape.map(f64::from);
    let scale = (f64::from(width) / w).min(f64::from(height) / h);
    let across = (w * scale).round().clamp(1.0, f64::from(width)) as u32;
    let down = (h * scale).round().clamp(1.0, f64::from(height)) as u32;
    [(width - across) / 2, (height - down) / 2, across, down]
}

/// The whole picture of a file, as a browser shows it.
fn upright(file: &[u8]) -> Result<DynamicImage, ReadError> {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(ImageError::from)?;
    let whole = match reader.format() {
        Some(ImageFormat::Jpeg) => jpeg_ends(file),
        Some(ImageFormat::WebP) => webp_ends(file),
        // The decoders of the others say it themselves.
        _ => true,
    };
    if !whole {
        return Err(ReadError::CutShort);
    }
    let mut decoder = reader.into_decoder()?;
    if decoder.total_bytes() == 0 {
        return Err(ReadError::Empty);
    }
    Limits::default().reserve(decoder.total_bytes())?;
    // A picture whose EXIF cannot be read is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether a JPEG file has its end marker (ITU-T T.81, B.1.1.3): its decoder draws what is missing grey, and says nothing.
///
/// Segments are passed over whole, since a thumbnail inside one has an end marker of its own; what follows the end is not
/// looked at, since cameras put more there.
fn jpeg_ends(file: &[u8]) -> bool {
    const STUFFED: u8 = 0x00;
    const TEM: u8 = 0x01;
    const RST0: u8 = 0xd0;
    const SOI: u8 = 0xd8;
    const EOI: u8 = 0xd9;
    const FILL: u8 = 0xff;
    let mut rest = file;
    loop {
        // To the next marker, over coded data and over what stands between segments where nothing should.
        let Some(at) = rest.windows(2).position(|pair| pair[0] == 0xff && pair[1] != FILL) else { return false };
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        match marker {
            EOI => return true,
            STUFFED | TEM | RST0..=SOI => {}
            _ => {
                let length = rest.first_chunk().map(|&length| usize::from(u16::from_be_bytes(length)));
                let Some(after) = length.and_then(|length| rest.get(length..)) else { return false };
                rest = after;
            }
        }
    }
}

/// Whether a WebP file is as long as its header says.
fn webp_ends(file: &[u8]) -> bool {
    const HEADER: u64 = 8;
    let length = file.get(4..).and_then(<[u8]>::first_chunk).map(|&length| u64::from(u32::from_le_bytes(length)));
    length.is_some_and(|length| length + HEADER <= file.len() as u64)
}

#[cfg(test)]
mod tests {
    use image::{
        ExtendedColorType, ImageEncoder, Rgb, RgbImage,
        codecs::{gif::GifEncoder, jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
    };

    use super::*;

    const WIDTH: u32 = 48;
    const HEIGHT: u32 = 32;

    /// A scene in which no two corners are alike.
    fn scene() -> RgbImage {
        RgbImage::from_fn(WIDTH, HEIGHT, |x, y| match (x < WIDTH / 2, y < HEIGHT / 2) {
            (true, true) => Rgb([250, 10, 10]),
            (false, true) => Rgb([10, 250, 10]),
            (true, false) => Rgb([10, 10, 250]),
            (false, false) => Rgb([250, 250, 250]),
        })
    }

    /// EXIF with an orientation and nothing else, as TIFF has it: one entry, 0x0112, one SHORT.
    fn exif(orientation: u8) -> Vec<u8> {
        let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
        [&b"II\x2a\0\x08\0\0\0\x01\0"[..], &entry, &[0; 4]].concat()
    }

    /// A scene as the camera's sensor had it, to be turned by an orientation to be upright.
    fn turned(orientation: u8) -> RgbImage {
        // Of a quarter turn the inverse is the other quarter turn; each of the others is its own.
        let inverse = match orientation {
            6 => 8,
            8 => 6,
            other => other,
        };
        let mut picture = DynamicImage::from(scene());
        picture.apply_orientation(Orientation::from_exif(inverse).unwrap());
        picture.into_rgb8()
    }

    type Encode<'a> = &'a dyn Fn(&mut Vec<u8>, &RgbImage, Option<Vec<u8>>);

    fn write(mut encoder: impl ImageEncoder, picture: &RgbImage, exif: Option<Vec<u8>>) {
        if let Some(exif) = exif {
            encoder.set_exif_metadata(exif).unwrap();
        }
        encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
    }

    fn jpeg(file: &mut Vec<u8>, picture: &RgbImage, exif: Option<Vec<u8>>) {
        write(JpegEncoder::new_with_quality(file, 95), picture, exif);
    }

    fn png(file: &mut Vec<u8>, picture: &RgbImage, exif: Option<Vec<u8>>) {
        write(PngEncoder::new(file), picture, exif);
    }

    fn webp(file: &mut Vec<u8>, picture: &RgbImage, exif: Option<Vec<u8>>) {
        write(WebPEncoder::new_lossless(file), picture, exif);
    }

    fn gif(file: &mut Vec<u8>, picture: &RgbImage, _: Option<Vec<u8>>) {
        GifEncoder::new(file).encode(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
    }

    fn encoded(encode: Encode<'_>, picture: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
        let mut file = Vec::new();
        encode(&mut file, picture, exif);
        file
    }

    /// Whether two pictures are the same, but for what a JPEG loses.
    fn alike(a: &[u8], b: &[u8]) -> bool {
        a.len() == b.len() && a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() < 6 * a.len() as u64
    }

    #[test]
    fn a_scene_is_the_same_picture_in_every_orientation() {
        let upright = fitted(&encoded(&png, &scene(), None), WIDTH, HEIGHT).unwrap();
        for encode in [&jpeg as Encode<'_>, &png, &webp] {
            for orientation in 1..=8 {
                let file = encoded(encode, &turned(orientation), Some(exif(orientation)));
                let picture = fitted(&file, WIDTH, HEIGHT).unwrap();
                assert!(alike(&picture, &upright), "orientation {orientation} of {:?}", image::guess_format(&file));
            }
            // An orientation that there is none of turns nothing.
            for nonsense in [exif(9), b"no exif".to_vec()] {
                let file = encoded(encode, &scene(), Some(nonsense));
                assert!(alike(&fitted(&file, WIDTH, HEIGHT).unwrap(), &upright));
            }
        }
        // The corners are where a person sees them, not only in the same places each time.
        let corner = |x: u32, y: u32| &upright[4 * (y * WIDTH + x) as usize..][..3];
        assert_eq!([corner(0, 0), corner(WIDTH - 1, 0)], [[250, 10, 10], [10, 250, 10]]);
    }

    #[test]
    fn a_file_that_is_cut_short_is_no_picture_whatever_its_kind() {
        // Noise, so that nothing is left out of the file, and in an EXIF segment a whole JPEG of its own, as cameras do.
        let noise = |x: u32, y: u32| {
            let value = (x + 97 * y).wrapping_mul(2_654_435_761);
            Rgb([(value >> 8) as u8, (value >> 16) as u8, (value >> 24) as u8])
        };
        let picture = RgbImage::from_fn(WIDTH, HEIGHT, noise);
        let thumbnail = [exif(1), encoded(&jpeg, &scene(), None)].concat();
        for encode in [&jpeg as Encode<'_>, &png, &webp, &gif] {
            let file = encoded(encode, &picture, Some(thumbnail.clone()));
            let kind = image::guess_format(&file).unwrap();
            let whole = fitted(&file, WIDTH, HEIGHT).unwrap();
            for percent in (0..=95).step_by(5) {
                let cut = &file[..file.len() * percent / 100];
                assert!(fitted(cut, WIDTH, HEIGHT).is_err(), "{percent} % of a {kind:?} file");
            }
            // Cameras and editors put more behind a picture's end; it is whole all the same.
            for more in [&b"more"[..], &[0; 9], &file[..file.len() / 2]] {
                assert_eq!(fitted(&[&file, more].concat(), WIDTH, HEIGHT).unwrap(), whole, "{kind:?}");
            }
        }
    }

    #[test]
    fn the_end_of_a_jpeg_is_its_marker_and_nothing_that_looks_like_it() {
        let file = encoded(&jpeg, &scene(), Some([exif(1), encoded(&jpeg, &scene(), None)].concat()));
        assert!(jpeg_ends(&file));
        let cut = |length: usize| fitted(&file[..length], 1, 1).unwrap_err();
        // One byte is missing: the marker is half there.
        assert!(!jpeg_ends(&file[..file.len() - 1]) && matches!(cut(file.len() - 1), ReadError::CutShort));
        assert!(matches!(cut(file.len() * 9 / 10), ReadError::CutShort));
        // Padded with zeros to its length, as a download that was broken off may be.
        let mut padded = file[..file.len() - 40].to_vec();
        padded.resize(file.len(), 0);
        assert!(!jpeg_ends(&padded));
        // Fill bytes, restarts, stuffed bytes and two scans; a length that leads out of the file.
        let scans = b"\xff\xd8\xff\xff\xda\0\x03\0\xff\0\xff\xd0\x01\xff\xda\0\x02\x05";
        assert!(!jpeg_ends(scans) && jpeg_ends(&[&scans[..], b"\xff\xff\xd9"].concat()));
        assert!(!jpeg_ends(b"\xff\xd8\xff\xe1\xff\xff\xff\xd9"));
        assert!(!jpeg_ends(b"") && !jpeg_ends(b"\xff\xd8\xff\xe1\0"));
    }

    #[test]
    fn the_middle_is_cut_out_of_pictures_of_any_shape() {
        assert_eq!(middle([128, 64], [64, 64]), [32, 0, 64, 64]);
        assert_eq!(middle([30, 65], [60, 20]), [0, 27, 30, 10]);
        assert_eq!(middle([8, 8], [64, 64]), [0, 0, 8, 8]);
        assert_eq!(middle([1, 60_000], [64, 128]), [0, 29_999, 1, 2]);
        // One column, light in the middle only.
        let light = |_, y| Rgb([if (29_990..30_010).contains(&y) { 250 } else { 5 }; 3]);
        let column = encoded(&png, &RgbImage::from_fn(1, 60_000, light), None);
        assert_eq!(fitted(&column, 2, 2).unwrap(), [250, 250, 250, 255].repeat(4));
    }

    #[test]
    fn only_files_are_read_and_none_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        assert!(matches!(bytes(&path), Err(ReadError::File(error)) if error.kind() == ErrorKind::NotFound));
        fs::write(&path, b"picture").unwrap();
        assert_eq!(bytes(&path).unwrap(), b"picture");
        assert!(matches!(bytes(folder.path()), Err(ReadError::NoFile)));
        // Nothing is written of it.
        File::options().write(true).open(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(matches!(bytes(&path), Err(ReadError::TooLarge)));
    }

    #[test]
    fn what_is_no_picture_is_refused_with_the_decoders_word() {
        for nothing in [&b""[..], b"no picture", b"<html></html>", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"BM      "] {
            assert!(matches!(fitted(nothing, 8, 8), Err(ReadError::Decoder(_) | ReadError::CutShort)), "{nothing:?}");
        }
        // A screen of no pixels, with a frame on it.
        let empty = b"GIF89a\0\0\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\x80\0\0\0\xff\xff\xff\x02\x02D\x01\0;";
        assert!(matches!(fitted(empty, 8, 8), Err(ReadError::Empty)));
    }
}
