//! The archive that PyTorch writes since version 1.6: a zip whose entries lie in it as they are.
//!
//! Entries are not compressed, so that the file's own bytes are those of the arrays, and nothing can become larger than the file.
//! The layout is that of PKWARE's APPNOTE.TXT.

use std::{collections::BTreeMap, ops::Range};

use crate::import::Breakage;

/// Bytes of the record behind all others, without its comment.
const END: usize = 22;
/// Bytes of an entry in the list of all, without its name and what follows that.
const LISTED: usize = 46;
/// Bytes before an entry itself, without its name and what follows that.
const LOCAL: usize = 30;
/// Longest comment behind an archive, in bytes.
const LONGEST_COMMENT: usize = 0xffff;

/// Where the entries of an archive lie in it, by their names.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    entries: BTreeMap<&'a str, Entry>,
}

#[derive(Debug)]
struct Entry {
    /// Where what stands before it begins.
    local: usize,
    length: usize,
    is_compressed: bool,
}

impl<'a> Archive<'a> {
    /// Reads the list of entries, which is no longer than the file.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Breakage> {
        let last = bytes.len().checked_sub(END).ok_or(Breakage::Short)?;
        let mut places = (last.saturating_sub(LONGEST_COMMENT)..=last).rev();
        let end = places.find(|place| bytes[*place..].starts_with(b"PK\x05\x06")).ok_or(Breakage::Archive)?;
        let count = short(bytes, end + 10)?;
        let mut at = long(bytes, end + 16)?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            if !bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02")) {
                return Err(Breakage::Archive);
            }
            let [method, name] = [short(bytes, at + 10)?, short(bytes, at + 28)?];
            let [packed, length, local] = [long(bytes, at + 20)?, long(bytes, at + 24)?, long(bytes, at + 42)?];
            let rest = short(bytes, at + 30)? + short(bytes, at + 32)?;
            let text = bytes.get(at + LISTED..at + LISTED + name).ok_or(Breakage::Short)?;
            // What has no name in letters is nothing that is looked for.
            if let Ok(text) = std::str::from_utf8(text) {
                entries.insert(text, Entry { local, length, is_compressed: method != 0 || packed != length });
            }
            at += LISTED + name + rest;
        }
        Ok(Self { bytes, entries })
    }

    /// The bytes of an entry; `None` where there is none of that name.
    pub fn entry(&self, name: &str) -> Result<Option<Range<usize>>, Breakage> {
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        if entry.is_compressed {
            return Err(Breakage::Compressed);
        }
        let local = entry.local;
        if !self.bytes.get(local..).is_some_and(|rest| rest.starts_with(b"PK\x03\x04")) {
            return Err(Breakage::Archive);
        }
        let start = local + LOCAL + short(self.bytes, local + 26)? + short(self.bytes, local + 28)?;
        let range = start..start.checked_add(entry.length).ok_or(Breakage::Short)?;
        if range.end > self.bytes.len() {
            return Err(Breakage::Short);
        }
        Ok(Some(range))
    }

    /// What stands before the names of a checkpoint's entries: the folder of the outermost `data.pkl`.
    pub fn root(&self) -> Option<&'a str> {
        let roots = self.entries.keys().filter_map(|name| name.strip_suffix("data.pkl"));
        roots.filter(|root| root.is_empty() || root.ends_with('/')).min_by_key(|root| root.len())
    }
}

/// A number of two bytes.
fn short(bytes: &[u8], at: usize) -> Result<usize, Breakage> {
    let number = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Breakage::Short)?;
    Ok(usize::from(u16::from_le_bytes(*number)))
}

/// A number of four bytes. All of them set stand for a longer one elsewhere, which no file that is read can need.
fn long(bytes: &[u8], at: usize) -> Result<usize, Breakage> {
    let number = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Breakage::Short)?;
    match u32::from_le_bytes(*number) {
        u32::MAX => Err(Breakage::Archive),
        number => Ok(number as usize),
    }
}
