//! How a run gets into the page: from its address, or from a picture that was saved from here.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    pack::{DEFAULT_PACK, SMALL_PACK, manifest::Manifest},
    page::{
        browser::site,
        root::{Lacking, Phase, Root, run},
        words,
    },
    spec::{EngineChoice, RunSpec, query::Query},
    stamp,
};

/// Largest picture file that is read for its run, in bytes.
const LARGEST_PICTURE: f64 = 16e6;

/// Opens what the address asks for, and again where that failed and a person tries again.
pub fn begin(root: Root) {
    open(root);
    Effect::new(move || {
        if root.lacking.get() == Some(Lacking::Pack) {
            open(root);
        }
    });
}

/// Opens the pack and the run that the address asks for, or the defaults, and starts the run.
fn open(root: Root) {
    root.phase.set(Phase::Opening);
    root.status.set(words::OPENING.into());
    spawn_local(async move { root.packs.set(site::packs().await) });
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
            Ok(manifest) => opened(root, manifest, folder, &query, refused),
            Err(message) => run::fail(root, message),
        }
    });
}

fn opened(root: Root, manifest: Manifest, folder: String, query: &Query, mut refused: Option<String>) {
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
    let manifest = Arc::new(manifest);
    run::open(root, manifest.clone(), folder, spec, engine);
    let is_named = query.pack().ok().flatten().is_some_and(|name| name != DEFAULT_PACK);
    root.offers_small
        .set(!is_named && manifest.name != SMALL_PACK && (site::saves_data() || site::is_short_of_memory()));
    if site::saves_data() {
        root.phase.set(Phase::Idle);
        root.status.set(words::saving_data(bytes));
    } else {
        run::run(root);
    }
    let unknown = (!query.unknown().is_empty()).then(|| words::unknown(query.unknown()));
    let notices: Vec<_> = refused.into_iter().chain(unknown).collect();
    if !notices.is_empty() {
        root.notice.set(Some(notices.join(" ")));
    }
}

/// Makes a run again from a picture file that was saved from here; one of another pack is opened as its address is. Says
/// whether the file holds a run.
pub async fn restore(root: Root, file: &web_sys::File) -> bool {
    let text = match site::read_file(file, LARGEST_PICTURE).await {
        Some(bytes) => stamp::read(&bytes),
        None => None,
    };
    let query = text.as_deref().and_then(|text| Query::parse(text).ok());
    let (Some(text), Some(query), Some(pack)) = (text, query, root.pack.get_untracked()) else {
        return false;
    };
    if query.pack().ok().flatten().is_some_and(|name| name != pack.name) {
        site::go_to(&text);
        return true;
    }
    match query.run(&*pack) {
        Ok(spec) => {
            let engine = root.settings.with_untracked(|settings| settings.as_ref().map(|settings| settings.engine));
            run::take(root, &pack, spec, engine.unwrap_or_default());
            run::run(root);
            root.status.set(words::RESTORED.into());
        }
        Err(error) => root.notice.set(Some(words::refused_file(&error.to_string()))),
    }
    true
}
