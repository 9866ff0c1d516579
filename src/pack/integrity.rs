//! Whether the bytes that arrived are the ones that the manifest means.

use sha2::{Digest, Sha256};

#[cfg(feature = "networks")]
use super::{PackError, manifest::FileEntry};

/// The SHA-256 of some bytes as 64 lower-case hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file as a description has it.
#[cfg(feature = "native")]
pub fn described(file: String, bytes: &[u8]) -> FileEntry {
    FileEntry { file, bytes: bytes.len() as u64, sha256: sha256(bytes) }
}

/// Checks size first, since that tells a file cut short from a damaged one, then the digest.
#[cfg(feature = "networks")]
pub(super) fn check(entry: &FileEntry, bytes: &[u8]) -> Result<(), PackError> {
    if bytes.len() as u64 != entry.bytes {
        return Err(PackError::Size { file: entry.file.clone(), found: bytes.len() as u64, wanted: entry.bytes });
    }
    if sha256(bytes) != entry.sha256 {
        return Err(PackError::Digest { file: entry.file.clone() });
    }
    Ok(())
}

/// Whether bytes look like a web page: what hosts send, with status 200, in place of a file they do not have.
#[cfg(feature = "networks")]
pub(super) fn looks_like_a_page(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).trim_start_matches('\u{feff}').to_lowercase();
    let text = text.trim_start();
    text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head")
}

#[cfg(all(test, feature = "networks"))]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_published_one() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_cut_file_and_a_changed_file_are_told_apart() {
        let entry = FileEntry { file: "w".into(), bytes: 3, sha256: sha256(b"abc") };
        assert_eq!(check(&entry, b"abc"), Ok(()));
        assert!(matches!(check(&entry, b"ab"), Err(PackError::Size { .. })));
        assert!(matches!(check(&entry, b"abd"), Err(PackError::Digest { .. })));
    }

    #[test]
    fn a_page_is_recognised() {
        assert!(looks_like_a_page(b"\n <!DOCTYPE html><title>404"));
        assert!(!looks_like_a_page(b"{\"format\":1}"));
    }
}
