//! How a run gets into the page: from its address, or from a picture that was saved from here.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::{
    actions::{deviations, fail, run},
    beside::OWN,
    dropped::Dropped,
    own_image, ranking,
    settings::Settings,
    site,
    state::{Phase, State},
    words,
};
use crate::{
    pack::{DEFAULT_PACK, SMALL_PACK, manifest::Manifest},
    spec::{EngineChoice, RunSpec, query::Query},
    stamp,
};

/// Largest picture file that is read for its run, in bytes.
const LARGEST_PICTURE: f64 = 16e6;

/// Opens the pack and the run that the address asks for, or the defaults, and starts the run.
pub fn open(state: State) {
    state.phase.set(Phase::Opening);
    state.status.set(words::OPENING.into());
    spawn_local(async move { state.packs.set(site::packs().await) });
    spawn_local(async move {
        let (query, mut refused) = match Query::parse(&site::query()) {
            Ok(query) => (query, None),
            Err(error) => (Query::default(), Some(words::refused(&error.to_string()))),
        };
        let name = match query.pack() {
            Ok(name) => name.unwrap_or(DEFAULT_PACK).to_owned(),
            Err(error) => {
                refused = Some(words::refused(&error.to_string()));
                DEFAULT_PACK.to_owned()
            }
        };
        let mut folder = site::folder(&name);
        let mut manifest = site::manifest(&name).await;
        if let (Err(problem), true) = (&manifest, name != DEFAULT_PACK) {
            refused = Some(words::other_pack(&name, DEFAULT_PACK, problem));
            folder = site::folder(DEFAULT_PACK);
            manifest = site::manifest(DEFAULT_PACK).await;
        }
        match manifest {
            Ok(manifest) => opened(state, manifest, folder, &query, refused),
            Err(message) => fail(state, message),
        }
    });
}

fn opened(state: State, manifest: Manifest, folder: String, query: &Query, mut refused: Option<String>) {
    let refuse = |error: crate::spec::SpecError| words::refused(&error.to_string());
    let engine = query.engine().unwrap_or_else(|error| {
        refused.get_or_insert(refuse(error));
        EngineChoice::Auto
    });
    let spec = query.run(&manifest).unwrap_or_else(|error| {
        refused.get_or_insert(refuse(error));
        RunSpec::with_defaults(&manifest, manifest.defaults.unit.clone())
    });
    let entry = manifest.classifier(&spec.classifier);
    let bytes = entry.map_or(0, |entry| manifest.bytes_for(entry, spec.needs_encoder())) + site::engine_file().0;
    state.inner.update_value(|inner| inner.folder = folder);
    let manifest = Arc::new(manifest);
    state.pack.set(Some(manifest.clone()));
    take(state, &manifest, spec, engine);
    let is_named = query.pack().ok().flatten().is_some_and(|name| name != DEFAULT_PACK);
    state
        .offers_small
        .set(!is_named && manifest.name != SMALL_PACK && (site::saves_data() || site::is_short_of_memory()));
    if site::saves_data() {
        state.phase.set(Phase::Idle);
        state.status.set(words::saving_data(bytes));
    } else {
        run(state);
    }
    if refused.is_some() {
        state.notice.set(refused);
    }
}

/// Has the real images of whichever classifier is listed, where the pack shows some.
pub fn watch_examples(state: State) {
    Effect::new(move || {
        let classifier = state.classifier.get();
        let Some(entry) = state.pack.get().and_then(|pack| pack.classifier(&classifier).cloned()) else {
            return;
        };
        let folder = state.inner.with_value(|inner| inner.folder.clone());
        spawn_local(async move {
            match site::examples(&folder, &entry).await {
                Ok(Some(examples)) => {
                    let sheet = entry.examples.map(|files| format!("{folder}{}", files.sheet.file)).unwrap_or_default();
                    state.examples.set(Some((classifier, Arc::new(examples), sheet)));
                }
                Ok(None) => {}
                Err(message) => state.notice.set(Some(message)),
            }
        });
    });
}

/// Puts a run into the controls.
fn take(state: State, manifest: &Manifest, spec: RunSpec, engine: EngineChoice) {
    state.settings.set(Some(Settings::of(&spec, deviations(manifest), engine)));
    // A picture that was chosen before is not the one that this run means.
    state.image.set(None);
    state.chosen.set(if spec.compare.is_empty() { 0 } else { OWN });
    state.classifier.set(spec.classifier);
    if let Some(unit) = spec.units.first() {
        state.layer.set(unit.layer.clone());
        state.position.set(unit.position);
    }
    state.units.set(spec.units);
}

/// Takes what was dropped: one file makes its run again or is a picture to start from; more, or a folder, can only be meant
/// to be ranked.
pub fn take_dropped(state: State, dropped: Vec<Dropped>) {
    match dropped.as_slice() {
        [] => {}
        [Dropped::File(file)] => restore(state, file.clone()),
        _ => ranking::begin_with(state, dropped),
    }
}

/// Makes a run again from a picture file that was saved from here; one of another pack is opened as its address is. Any
/// other picture is taken to start from.
pub fn restore(state: State, file: web_sys::File) {
    spawn_local(async move {
        let run_inside = match site::read_file(&file, LARGEST_PICTURE).await {
            Some(bytes) => stamp::read(&bytes),
            None => None,
        };
        let query = run_inside.as_deref().and_then(|text| Query::parse(text).ok());
        let (Some(text), Some(query), Some(pack)) = (run_inside, query, state.pack.get_untracked()) else {
            return own_image::choose(state, file.into());
        };
        if query.pack().ok().flatten().is_some_and(|name| name != pack.name) {
            return site::go_to(&text);
        }
        match query.run(&*pack) {
            Ok(spec) => {
                let engine =
                    state.settings.with_untracked(|settings| settings.as_ref().map(|settings| settings.engine));
                take(state, &pack, spec, engine.unwrap_or_default());
                run(state);
                state.status.set(words::RESTORED.into());
            }
            Err(error) => state.notice.set(Some(words::refused_file(&error.to_string()))),
        }
    });
}
