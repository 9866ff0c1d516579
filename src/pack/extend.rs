//! A pack with one more classifier: what a network becomes that somebody has brought along.

use std::{fs, path::Path};

use super::{
    disk::Folder,
    make::MakeError,
    manifest::{ClassifierEntry, FORMAT, Manifest},
};
use crate::{nets::config::ClassifierConfig, spec::Unit};

/// Copies a pack into the folder `into`, whose name is the new pack's, with a newcomer as its first classifier: its description,
/// of a network that is a graph, and the file that this names. What is known of natural images is left out, as it is about the
/// first classifier's classes.
///
/// # Errors
/// [`MakeError`].
pub fn extend(
    base: &Folder,
    manifest: &Manifest,
    entry: ClassifierEntry,
    weights: &[u8],
    into: &Path,
) -> Result<Manifest, MakeError> {
    let path = into.join(&entry.weights.file);
    let output = match &entry.architecture {
        ClassifierConfig::Graph(graph) => graph.nodes.last().map(|node| node.name.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    let mut extended = Manifest { format: FORMAT, natural: None, ..manifest.clone() };
    extended.name = into.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    extended.title = format!("{} · {}", entry.title, manifest.title);
    extended.defaults.unit = Unit::new(output, 0);
    extended.classifiers.insert(0, entry);
    let mut json = serde_json::to_vec(&extended)
        .map_err(|error| MakeError::Recipe { path: into.join("pack.json"), said: error.to_string() })?;
    json.push(b'\n');
    // Nothing is written before it is known to be a pack.
    let extended = Manifest::parse(&json)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| MakeError::File { path, error }
    };
    fs::create_dir_all(into).map_err(failed(into))?;
    let written = write(base, manifest, into, &path, [weights, &json]);
    if written.is_err() {
        // Half a pack is none, and in the way of the next try.
        let _ = fs::remove_dir_all(into);
    }
    written.map(|()| extended)
}

/// Writes the files of a pack: copies, the newcomer's, and the description at last.
fn write(
    base: &Folder,
    manifest: &Manifest,
    into: &Path,
    weights: &Path,
    [bytes, json]: [&[u8]; 2],
) -> Result<(), MakeError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| MakeError::File { path, error }
    };
    for file in manifest.files().filter(|file| Some(*file) != manifest.natural.as_ref()) {
        let from = base.path().join(&file.file);
        fs::copy(&from, into.join(&file.file)).map_err(failed(&from))?;
    }
    fs::write(weights, bytes).map_err(failed(weights))?;
    let path = into.join("pack.json");
    fs::write(&path, json).map_err(failed(&path))
}
