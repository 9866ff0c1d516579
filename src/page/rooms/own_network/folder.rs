//! A model pack of the visitor's own, from its folder: what `dgn import` makes of networks that are too large for a page to read.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use web_sys::{File, Url};

use super::state::OwnNetwork;
use crate::{
    pack::manifest::{MAX_MANIFEST_BYTES, Manifest},
    page::{
        browser::{files::beginning, site::Place},
        root::{owned, run},
        words,
    },
    spec::{EngineChoice, RunSpec},
};

/// Most files that are looked at.
pub(super) const MOST_FILES: usize = 400;

/// Opens a pack in place of the one that is there, and runs its default.
pub(super) fn open(room: OwnNetwork, files: Vec<File>) {
    room.problem.set(None);
    spawn_local(async move {
        if let Err(said) = opened(room, files).await {
            room.problem.set(Some(said));
        }
    });
}

async fn opened(room: OwnNetwork, files: Vec<File>) -> Result<(), String> {
    let root = room.root;
    if root.pack.with_untracked(Option::is_none) {
        return Err(words::network_too_early().into());
    }
    let number = room.inner.try_update_value(|inner| {
        inner.folder = inner.folder.wrapping_add(1);
        inner.folder
    });
    let descriptions: Vec<&File> = files.iter().filter(|file| file.name() == "pack.json").collect();
    let description = match descriptions.as_slice() {
        [] => return Err(words::no_pack().into()),
        [description] => *description,
        _ => return Err(words::several_packs().into()),
    };
    let json = beginning(description, MAX_MANIFEST_BYTES as u32 + 1).await.ok_or(words::no_pack())?;
    // Only the last folder counts.
    if Some(room.inner.with_value(|inner| inner.folder)) != number {
        return Ok(());
    }
    let mut manifest = Manifest::parse(&json).map_err(|error| words::manifest(&error))?;
    // All are there before anything is taken.
    let mut found = vec![description];
    for entry in manifest.files() {
        let file = files.iter().find(|file| file.name() == entry.file);
        let file = file.ok_or_else(|| words::lacks_file(&entry.file))?;
        if file.size() as u64 != entry.bytes {
            return Err(words::other_file(&entry.file, file.size() as u64, entry.bytes));
        }
        found.push(file);
    }
    let address = |file: &&File| Some((file.name(), Url::create_object_url_with_blob(file).ok()?));
    let files: Option<Vec<_>> = found.iter().map(address).collect();
    let files = files.ok_or(words::no_pack())?;
    let before = root.place();
    for own in root.own.get_untracked() {
        // One that does not fit this pack is told in the list.
        let _ = manifest.join(own.json.as_bytes());
    }
    owned::forget_missing(root);
    let manifest = Arc::new(manifest);
    let spec = RunSpec::with_defaults(&*manifest, manifest.defaults.unit.clone());
    run::open(root, manifest, Place { folder: String::new(), files }, spec, EngineChoice::Auto);
    for (_, address) in before.files {
        let _ = Url::revoke_object_url(&address);
    }
    run::run(root);
    Ok(())
}
