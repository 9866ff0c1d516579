//! Networks of the visitor's own, as classifiers beside the pack's.

use std::sync::Arc;

use leptos::prelude::*;
use web_sys::Url;

use super::{
    picking,
    state::{OwnNetwork, Phase, Root},
};
use crate::{
    engine::protocol::Own,
    pack::manifest::{Manifest, ManifestError},
    spec::{Rival, RunSpec},
};

/// Has a network join the pack, in place of one of its name; what was kept of that stays kept.
///
/// # Errors
/// Why it does not fit there.
pub fn join(root: Root, own: OwnNetwork) -> Result<(), ManifestError> {
    let Some(pack) = root.pack.get_untracked() else { return Ok(()) };
    let mut manifest = (*pack).clone();
    manifest.join(own.json.as_bytes())?;
    root.own.update(|all| {
        let before = all.iter().position(|known| known.name == own.name).map(|place| all.remove(place));
        let is_kept = own.is_kept || before.as_ref().is_some_and(|before| before.is_kept);
        if let Some(before) = before.filter(|before| before.address != own.address) {
            let _ = Url::revoke_object_url(&before.address);
        }
        all.push(OwnNetwork { is_kept, ..own });
    });
    root.pack.set(Some(Arc::new(manifest)));
    Ok(())
}

/// Whether a run that goes on, or waits, needs a classifier.
pub fn is_needed(root: Root, name: &str) -> bool {
    let needs = |spec: &RunSpec| spec.lanes().iter().any(|lane| lane.classifier == name);
    let is_needed = root
        .inner
        .with_value(|inner| inner.waiting.as_ref().is_some_and(needs) || inner.current.as_deref().is_some_and(needs));
    let phase = root.phase.get_untracked();
    is_needed && (phase.has_run() || phase == Phase::Loading)
}

/// Has a network leave the pack, whose first classifier takes its place where it was chosen.
pub fn part(root: Root, name: &str) {
    let Some(pack) = root.pack.get_untracked() else { return };
    let mut manifest = (*pack).clone();
    manifest.part(name);
    let first = manifest.classifiers.first().map(|entry| entry.name.clone()).unwrap_or_default();
    if root.classifier.get_untracked() == name {
        picking::choose_classifier(root, &first);
    }
    root.change_settings(|settings| {
        settings.run.compare.retain(|rival| !matches!(rival, Rival::Classifier { name: of, .. } if of == name));
    });
    root.own.update(|all| {
        all.retain(|own| {
            own.name != name || {
                let _ = Url::revoke_object_url(&own.address);
                false
            }
        });
    });
    root.pack.set(Some(Arc::new(manifest)));
}

/// Nobody looks for a network any more that a link was to.
pub fn forget_missing(root: Root) {
    if root.missing.with_untracked(Option::is_some) {
        root.missing.set(None);
        root.notice.set(None);
    }
}

/// The networks that have joined, for the engine.
pub(super) fn of_engine(root: Root, pack: &Manifest) -> Vec<Own> {
    let has_joined = |own: &&OwnNetwork| pack.classifier(&own.name).is_some();
    root.own.with_untracked(|all| all.iter().filter(has_joined).map(OwnNetwork::of_engine).collect())
}

/// Whether a run needs none of these networks but those that the engine knows.
pub(super) fn are_known(spec: &RunSpec, known: &[Own], root: Root) -> bool {
    let is_known = |name: &str| {
        root.own.with_untracked(|all| {
            let own = all.iter().find(|own| own.name == name);
            own.is_none_or(|own| known.contains(&own.of_engine()))
        })
    };
    spec.lanes().iter().all(|lane| is_known(&lane.classifier))
}
