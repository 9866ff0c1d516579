//! Puts pictures that were drawn beforehand into a pack.

use std::{collections::HashSet, fs, io, path::Path};

use super::{
    make::MakeError,
    manifest::{Atlas, Manifest},
};

/// Puts an atlas into a pack's folder, in place of the one it had: the sheets, which are bytes by the names that it gives them,
/// and then what it is into the description.
///
/// # Errors
/// [`MakeError`]; nothing has been written where it is one of the description.
pub fn add(
    folder: &Path,
    manifest: &Manifest,
    classifier: &str,
    atlas: &Atlas,
    sheets: &[(String, Vec<u8>)],
) -> Result<Manifest, MakeError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| MakeError::File { path, error }
    };
    let description = folder.join("pack.json");
    let mut with = manifest.clone();
    for entry in with.classifiers.iter_mut().filter(|entry| entry.name == classifier) {
        entry.atlas = Some(atlas.clone());
    }
    let mut json = serde_json::to_vec(&with)
        .map_err(|error| MakeError::Recipe { path: description.clone(), said: error.to_string() })?;
    json.push(b'\n');
    let with = Manifest::parse(&json)?;
    for (name, bytes) in sheets {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(failed(&path))?;
    }
    fs::write(&description, json).map_err(failed(&description))?;
    let named: HashSet<&str> = with.files().map(|file| file.file.as_str()).collect();
    for file in manifest.files().filter(|file| !named.contains(file.file.as_str())) {
        let path = folder.join(&file.file);
        fs::remove_file(&path).map_err(failed(&path))?;
    }
    Ok(with)
}
