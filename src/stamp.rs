//! A run's description inside the PNG file of its picture, so that the picture alone is enough to make it again.
//!
//! It is the run's query ([`crate::spec::query`]) in a text chunk (PNG specification, third edition, 11.3.3.2) with the
//! keyword [`KEYWORD`]. Chunks are put in and looked for here without decoding the picture, since the page has no
//! decoder; bytes that are dropped onto the page may be anything.

/// Keyword of the text chunk.
pub const KEYWORD: &str = "dgn run";
/// Longest description that is read, in bytes.
const LONGEST: usize = 64 << 10;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Bytes of a chunk beside its data: length, type, checksum.
const FRAME: usize = 12;

/// Puts a description into a PNG file, after its header. What is not a PNG file comes back as it is, and so does one
/// for which the description is not plain ASCII (a query is).
pub fn write(png: Vec<u8>, description: &str) -> Vec<u8> {
    let header = SIGNATURE.len() + FRAME + 13;
    if !png.starts_with(&SIGNATURE) || png.len() < header || !description.is_ascii() {
        return png;
    }
    let mut body = b"tEXt".to_vec();
    body.extend(KEYWORD.bytes().chain([0]).chain(description.bytes()));
    let length = (body.len() - 4) as u32;
    let mut stamped = png[..header].to_vec();
    stamped.extend(length.to_be_bytes());
    stamped.extend(&body);
    stamped.extend(crc32fast::hash(&body).to_be_bytes());
    stamped.extend(&png[header..]);
    stamped
}

/// The description in a PNG file; `None` where there is none, or where the file is cut short before it.
pub fn read(png: &[u8]) -> Option<String> {
    let mut rest = png.strip_prefix(&SIGNATURE)?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let data = after.get(..length)?;
        if kind == b"tEXt"
            && let Some(text) = data.strip_prefix(KEYWORD.as_bytes()).and_then(|text| text.strip_prefix(&[0]))
        {
            let sound = text.len() <= LONGEST && text.is_ascii();
            return sound.then(|| String::from_utf8_lossy(text).into_owned());
        }
        rest = after.get(length + 4..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a PNG file and its end, with nothing between.
    fn png() -> Vec<u8> {
        let mut file = SIGNATURE.to_vec();
        for (kind, data) in [(b"IHDR", &[0; 13][..]), (b"IEND", &[])] {
            file.extend((data.len() as u32).to_be_bytes());
            let body = [&kind[..], data].concat();
            file.extend(&body);
            file.extend(crc32fast::hash(&body).to_be_bytes());
        }
        file
    }

    #[test]
    fn a_description_is_read_where_it_was_written() {
        let stamped = write(png(), "pack=a&unit=fc:1");
        assert_eq!(read(&stamped).as_deref(), Some("pack=a&unit=fc:1"));
        assert_eq!(read(&png()), None);
        assert_eq!(stamped.len(), png().len() + 12 + KEYWORD.len() + 1 + 16);
    }

    #[test]
    fn whatever_bytes_there_are_reading_ends() {
        let stamped = write(png(), "steps=3");
        for end in 0..stamped.len() {
            let _ = read(&stamped[..end]);
            let mut changed = stamped.clone();
            changed[end] = 0xff;
            let _ = read(&changed);
        }
        assert_eq!(read(&stamped[..40]), None);
        assert_eq!(read(b"<html>"), None);
        assert_eq!(read(&write(png(), &"x".repeat(LONGEST + 1))), None);
        assert_eq!(write(b"no picture".to_vec(), "x"), b"no picture");
    }
}
