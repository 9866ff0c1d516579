//! Packs in a folder on disk.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{PackError, load::Source};

/// A pack's folder on disk.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }
}

impl Source for Folder {
    async fn read(&self, file: &str, limit: u64, arrived: &mut dyn FnMut(u64)) -> Result<Vec<u8>, PackError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => PackError::NotFound { file: file.into(), place: self.place() },
            _ => PackError::Unreadable { file: file.into(), place: self.place(), reason: error.to_string() },
        };
        let mut bytes = Vec::new();
        let path = self.path.join(file);
        // Asked before it is opened, since a pipe is waited for.
        if !fs::metadata(&path).map_err(failed)?.is_file() {
            return Err(failed(io::Error::other("it is a folder, a device or a pipe")));
        }
        let opened = File::open(path).map_err(failed)?;
        opened.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        let found = bytes.len() as u64;
        if found > limit {
            return Err(PackError::Size { file: file.into(), found, wanted: limit });
        }
        arrived(found);
        Ok(bytes)
    }
}

/// The names of the packs in a folder of packs: its folders that hold a `pack.json`, sorted.
///
/// # Errors
/// [`PackError::Unreadable`] or [`PackError::NotFound`] for the folder itself.
pub fn list(folder: &Path) -> Result<Vec<String>, PackError> {
    let place = folder.display().to_string();
    let entries = fs::read_dir(folder).map_err(|error| PackError::Unreadable {
        file: "pack.json".into(),
        place,
        reason: error.to_string(),
    })?;
    let packs = entries.flatten().filter(|entry| entry.path().join("pack.json").is_file());
    let mut names: Vec<_> = packs.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}
