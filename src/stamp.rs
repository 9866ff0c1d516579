//! A run's description inside the PNG file of its picture, so that the picture alone is enough to make it again.
//!
//! It is the run's query ([`crate::spec::query`]) in a text chunk (PNG specification, third edition, 11.3.3.2) with the
//! keyword [`KEYWORD`]. Chunks are put in and looked for here without decoding the picture, since the page has no
//! decoder; bytes that are dropped onto the page may be anything.

/// Keyword of the text chunk.
pub const KEYWORD: &str = "dgn run";
/// Longest description that is read, in bytes.
pub const LONGEST: usize = 64 << 10;

/// Why there is no description where one should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing stands there.
    Empty,
    /// So many bytes stand there, more than [`LONGEST`].
    TooLong(usize),
    /// It is not as it was written: its checksum is another, or it is not plain ASCII.
    Damaged,
}

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
    stamped.extend(crc(&body).to_be_bytes());
    stamped.extend(&png[header..]);
    stamped
}

/// The description in a PNG file; `None` where there is none, or where the file is cut short before its end.
pub fn read(png: &[u8]) -> Option<Result<String, Flaw>> {
    let mut rest = png.strip_prefix(&SIGNATURE)?;
    loop {
        let (length, body) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let (kind, after) = body.split_first_chunk::<4>()?;
        let start = [KEYWORD.as_bytes(), &[0]].concat();
        if kind == b"tEXt" && length >= start.len() && after.starts_with(&start) {
            let bytes = length - start.len();
            if bytes > LONGEST {
                return Some(Err(Flaw::TooLong(bytes)));
            }
            let checksum = after.get(length..)?.first_chunk::<4>()?;
            let (body, text) = (body.get(..4 + length)?, after.get(start.len()..length)?);
            return Some(match String::from_utf8(text.to_vec()) {
                Ok(_) if crc(body) != u32::from_be_bytes(*checksum) => Err(Flaw::Damaged),
                Ok(text) if text.trim().is_empty() => Err(Flaw::Empty),
                Ok(text) if text.is_ascii() => Ok(text),
                _ => Err(Flaw::Damaged),
            });
        }
        rest = after.get(length.checked_add(4)?..)?;
    }
}

/// CRC-32, a chunk's checksum, bit by bit: descriptions are short, and the tables that make it fast are 16 KiB.
fn crc(bytes: &[u8]) -> u32 {
    let shift = |sum: u32, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 };
    !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), shift))
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
            file.extend(crc(&body).to_be_bytes());
        }
        file
    }

    #[test]
    fn the_checksum_is_that_of_png() {
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc(&[]), 0);
    }

    #[test]
    fn a_description_is_read_where_it_was_written() {
        let stamped = write(png(), "pack=a&unit=fc:1");
        assert_eq!(read(&stamped), Some(Ok("pack=a&unit=fc:1".into())));
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
        assert_eq!(write(b"no picture".to_vec(), "x"), b"no picture");
    }

    #[test]
    fn a_description_that_cannot_be_read_is_told_from_none() {
        assert_eq!(read(&write(png(), "")), Some(Err(Flaw::Empty)));
        assert_eq!(
            read(&write(png(), &"x".repeat(LONGEST))).map(|read| read.map(|text| text.len())),
            Some(Ok(LONGEST))
        );
        // As long as it says, it need not be there to be refused.
        let long = write(png(), &"x".repeat(LONGEST + 1));
        assert_eq!(read(&long), Some(Err(Flaw::TooLong(LONGEST + 1))));
        assert_eq!(read(&long[..100]), Some(Err(Flaw::TooLong(LONGEST + 1))));
        let stamped = write(png(), "seed=3");
        let text = stamped.windows(6).position(|window| window == b"seed=3").unwrap();
        for (place, byte) in [(text + 5, b'4'), (text + 5, 0xff), (text + 6, stamped[text + 6] ^ 1)] {
            let mut changed = stamped.clone();
            changed[place] = byte;
            assert_eq!(read(&changed), Some(Err(Flaw::Damaged)), "byte {place}");
        }
    }
}
