//! What a file is by its first bytes, and why it cannot be taken as a picture. Its name and its type may say anything.

use crate::page::words;

/// So many bytes tell what a file is, and how large a picture: a JPEG notes much before its size.
pub const HEAD: u32 = 256 << 10;
/// Most pixels of a picture that is read: as many as the largest photographs of telephones have, 800 MB once decoded.
pub const MOST_PIXELS: u64 = 200_000_000;
/// Longest side in pixels that all browsers decode.
const LONGEST_SIDE: u32 = 32_767;
/// A picture of more pixels may be too much for a small computer.
const LARGE: u64 = 50_000_000;

/// Width and height in pixels.
type Size = [u32; 2];

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Empty,
    /// A picture that browsers read, and its size where that is easily found.
    Picture(Option<Size>),
    /// A picture as telephones take them, which few browsers read.
    Heic,
    /// A drawing that has no pixels.
    Svg,
    /// Anything else.
    Other,
}

/// Why a file is no picture here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It could not be read from where it lies.
    Gone,
    /// It holds nothing.
    Empty,
    /// It has too many pixels.
    TooLarge(Size),
    /// It is a drawing without pixels.
    Svg,
    /// It is a picture of a kind that this browser does not know.
    Heic,
    /// It is cut short or damaged; so large a picture may also be too much for the memory.
    Broken {
        /// Whether it is so large.
        large: bool,
    },
    /// It is no picture.
    Other,
}

impl Unfit {
    /// The sentence for it.
    pub fn said(self, name: &str) -> String {
        match self {
            Self::Gone => words::file_is_gone(name),
            Self::Empty => words::file_is_empty(name),
            Self::TooLarge(size) => words::picture_is_too_large(name, size, MOST_PIXELS),
            Self::Svg => words::picture_is_a_drawing(name),
            Self::Heic => words::picture_is_heic(name),
            Self::Broken { large } => words::picture_is_broken(name, large),
            Self::Other => words::not_a_picture(name),
        }
    }
}

/// Why a file of these first bytes need not be given to the browser, if so.
pub fn hopeless(head: &[u8]) -> Option<Unfit> {
    match kind(head) {
        Kind::Empty => Some(Unfit::Empty),
        Kind::Svg => Some(Unfit::Svg),
        Kind::Picture(Some(size)) if pixels(size) > MOST_PIXELS => Some(Unfit::TooLarge(size)),
        _ => None,
    }
}

/// Why the browser could not decode a file of these first bytes.
pub fn undecoded(head: &[u8]) -> Unfit {
    match kind(head) {
        Kind::Empty => Unfit::Empty,
        Kind::Svg => Unfit::Svg,
        Kind::Heic => Unfit::Heic,
        Kind::Picture(Some(size)) if size.into_iter().any(|side| side > LONGEST_SIDE) => Unfit::TooLarge(size),
        Kind::Picture(size) => Unfit::Broken { large: size.is_some_and(|size| pixels(size) > LARGE) },
        Kind::Other => Unfit::Other,
    }
}

fn pixels([width, height]: Size) -> u64 {
    u64::from(width) * u64::from(height)
}

fn kind(head: &[u8]) -> Kind {
    if head.is_empty() {
        Kind::Empty
    } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Kind::Picture(pair(head, 16, |[a, b, c, d]| u32::from_be_bytes([a, b, c, d])))
    } else if head.starts_with(&[0xff, 0xd8, 0xff]) {
        Kind::Picture(size_of_jpeg(head))
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        Kind::Picture(pair(head, 6, |[a, b]| u32::from(u16::from_le_bytes([a, b]))))
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        // Its sides fit 14 bits.
        Kind::Picture(None)
    } else if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
        // A negative height stands for lines from the top.
        Kind::Picture(pair(head, 18, |bytes| i32::from_le_bytes(bytes).unsigned_abs()))
    } else if head.get(4..8) == Some(b"ftyp") {
        of_brands(head)
    } else if is_svg(head) {
        Kind::Svg
    } else {
        Kind::Other
    }
}

/// Two numbers one after the other.
fn pair<const N: usize>(bytes: &[u8], place: usize, number: impl Fn([u8; N]) -> u32) -> Option<Size> {
    let (first, rest) = bytes.get(place..)?.split_first_chunk::<N>()?;
    Some([number(*first), number(*rest.first_chunk::<N>()?)])
}

/// The size of a JPEG stands in its frame header (ITU-T T.81, B.2.2), behind whatever else there is.
fn size_of_jpeg(head: &[u8]) -> Option<Size> {
    let mut rest = head.get(2..)?;
    loop {
        let [0xff, marker, ..] = rest else { return None };
        match marker {
            0xff => rest = &rest[1..],
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(marker) => {
                let [height, width] = pair(rest, 5, |[a, b]| u32::from(u16::from_be_bytes([a, b])))?;
                return Some([width, height]);
            }
            0xd9 | 0xda => return None,
            _ => {
                let length = u16::from_be_bytes(*rest.get(2..)?.first_chunk()?);
                rest = rest.get(2 + usize::from(length)..)?;
            }
        }
    }
}

/// AVIF and HEIC are told apart by the brands in their first box (ISO/IEC 23008-12).
fn of_brands(head: &[u8]) -> Kind {
    let length = head.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = head.get(8..length.clamp(8, 256).min(head.len())).unwrap_or_default();
    let has = |names: &[&[u8; 4]]| brands.chunks_exact(4).any(|brand| names.iter().any(|name| brand == *name));
    if has(&[b"avif", b"avis"]) {
        Kind::Picture(None)
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Kind::Heic
    } else {
        Kind::Other
    }
}

fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&head[..head.len().min(4096)]).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begins = ["<svg", "<?xml", "<!--", "<!doctype svg"].iter().any(|begin| text.starts_with(begin));
    begins && text.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &size[..], b"\x08\x02\0\0\0"].concat()
    }

    /// A JPEG's beginning: notes of a camera, tables, and the frame header.
    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8, 0xff, 0xe1, 0xea, 0x62];
        file.extend([7; 0xea60]);
        file.extend([0xff, 0xff, 0xdb, 0, 4, 1, 2, 0xff, 0xc2, 0, 17, 8]);
        file.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
        file
    }

    fn boxed(brands: &[u8]) -> Vec<u8> {
        [&(8 + brands.len() as u32).to_be_bytes()[..], b"ftyp", brands, b"\0\0\0\x08mdat"].concat()
    }

    #[test]
    fn the_size_is_read_before_the_picture_is_decoded() {
        assert_eq!(hopeless(&png(60_000, 60_000)), Some(Unfit::TooLarge([60_000, 60_000])));
        assert_eq!(hopeless(&png(16_320, 12_240)), None);
        assert_eq!(hopeless(&png(u32::MAX, u32::MAX)), Some(Unfit::TooLarge([u32::MAX; 2])));
        assert_eq!(hopeless(&jpeg(65_000, 60_000)), Some(Unfit::TooLarge([65_000, 60_000])));
        assert_eq!(hopeless(b"GIF89a\xff\xff\xff\xff"), Some(Unfit::TooLarge([65_535; 2])));
        let bitmap =
            [b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", &60_000_i32.to_le_bytes()[..], &(-60_000_i32).to_le_bytes()];
        assert_eq!(hopeless(&bitmap.concat()), Some(Unfit::TooLarge([60_000; 2])));
        // Few pixels, but not for every browser.
        assert_eq!(hopeless(&png(100_000, 10)), None);
        assert_eq!(undecoded(&png(100_000, 10)), Unfit::TooLarge([100_000, 10]));
    }

    #[test]
    fn every_file_that_cannot_be_taken_is_told_from_the_others() {
        let said = |head: &[u8]| hopeless(head).unwrap_or_else(|| undecoded(head));
        assert_eq!(said(b""), Unfit::Empty);
        assert_eq!(said(b"no picture"), Unfit::Other);
        assert_eq!(said(b"BMW builds cars"), Unfit::Other);
        assert_eq!(said(b"<!doctype html><svg></svg>"), Unfit::Other);
        assert_eq!(said(b"\xef\xbb\xbf\n<?xml version='1.0'?><svg viewBox='0 0 1 1'/>"), Unfit::Svg);
        assert_eq!(said(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Unfit::Svg);
        assert_eq!(said(&boxed(b"heic\0\0\0\0mif1heic")), Unfit::Heic);
        assert_eq!(said(&boxed(b"mif1\0\0\0\0mif1avif")), Unfit::Broken { large: false });
        assert_eq!(said(&boxed(b"isom\0\0\0\0mp42")), Unfit::Other);
        assert_eq!(said(&jpeg(400, 300)), Unfit::Broken { large: false });
        assert_eq!(said(&png(12_000, 9_000)), Unfit::Broken { large: true });
        assert_eq!(said(b"RIFF\0\0\0\0WEBPVP8 "), Unfit::Broken { large: false });
        let sentences = [
            Unfit::Gone,
            Unfit::Empty,
            Unfit::TooLarge([60_000, 60_000]),
            Unfit::Svg,
            Unfit::Heic,
            Unfit::Broken { large: false },
            Unfit::Other,
        ]
        .map(|unfit| unfit.said("it"));
        assert!(sentences.iter().all(|one| sentences.iter().filter(|other| *other == one).count() == 1));
        assert!(sentences[2].contains("60000 × 60000") && sentences[2].contains("200 million"), "{}", sentences[2]);
        assert!(sentences[4].contains("HEIC") && sentences[4].contains("JPEG"), "{}", sentences[4]);
    }

    #[test]
    fn whatever_bytes_there_are_looking_ends() {
        for whole in [jpeg(3, 4), png(3, 4), boxed(b"heic\0\0\0\0mif1"), b"GIF89a\x01\0\x01\0".to_vec()] {
            for end in 0..whole.len().min(100) {
                let mut changed = whole.clone();
                changed[end] = 0xff;
                let _ = (kind(&whole[..end]), kind(&changed));
            }
        }
        assert_eq!(kind(&jpeg(3, 4)), Kind::Picture(Some([3, 4])));
        // A part without a length would never be passed.
        assert_eq!(kind(&[0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0]), Kind::Picture(None));
    }
}
