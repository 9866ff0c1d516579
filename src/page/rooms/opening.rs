//! How a run gets into the page: from its address, or from a picture that was saved from here.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use web_sys::File;

use crate::{
    pack::{
        DEFAULT_PACK, SMALL_PACK,
        manifest::{Manifest, is_own, own_name},
    },
    page::{
        browser::{
            files::beginning,
            site::{self, Place},
            store::{self, Kept},
        },
        root::{
            Lacking, Offer, OwnNetwork, Phase, Root, Way, run,
            told::{self, Told},
        },
        words,
    },
    spec::{
        EngineChoice, RunSpec, SpecError,
        query::{self, Query},
    },
    stamp::{self, Flaw},
};

/// So much of a picture file is read for its run, in bytes: programs that save it anew may put that last.
const READ_FOR_RUN: u32 = 16 << 20;

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
    root.status.set(words::opening().into());
    spawn_local(async move { root.packs.set(site::packs().await) });
    spawn_local(async move {
        let (query, mut refused) = match Query::parse(&site::query()) {
            Ok(query) => (query, None),
            Err(error) => (Query::default(), Some(words::refused(&words::spec(&error)))),
        };
        let name = match query.pack() {
            Ok(name) => name.unwrap_or(DEFAULT_PACK).to_owned(),
            Err(error) => {
                refused = Some(words::refused(&words::spec(&error)));
                DEFAULT_PACK.to_owned()
            }
        };
        let mut place = Place::of(&name);
        let mut manifest = site::manifest(&name).await;
        if let (Err(problem), true) = (&manifest, name != DEFAULT_PACK) {
            refused = Some(words::other_pack(&name, &DEFAULT_PACK, &problem));
            place = Place::of(DEFAULT_PACK);
            manifest = site::manifest(DEFAULT_PACK).await;
        }
        match manifest {
            Ok(mut manifest) => {
                root.own.set(with_own(&mut manifest).await);
                opened(root, manifest, place, &query, refused);
            }
            Err(message) => run::fail(root, message),
        }
    });
}

/// Has the networks join the pack that are kept in the browser; those that do not fit it are told too.
async fn with_own(manifest: &mut Manifest) -> Vec<OwnNetwork> {
    let mut own = Vec::new();
    for Kept { name, json, address, bytes } in store::kept().await {
        let file = String::new();
        let unfit = OwnNetwork { title: name.clone(), name, json, file, address, bytes, is_kept: true };
        // One that says to be another is none.
        let is_it = own_name(unfit.json.as_bytes()).as_ref() == Some(&unfit.name);
        let joined = is_it.then(|| manifest.join(unfit.json.as_bytes()).ok()).flatten();
        let entry = joined.and_then(|joined| manifest.classifier(&joined));
        own.push(match entry {
            Some(entry) => OwnNetwork { title: entry.title.clone(), file: entry.weights.file.clone(), ..unfit },
            None => unfit,
        });
    }
    own
}

fn opened(root: Root, manifest: Manifest, place: Place, query: &Query, mut refused: Option<String>) {
    // What has been said while it was opened is no matter of the run.
    let before = root.notice.get_untracked();
    let refuse = |error: SpecError| words::refused(&words::spec(&error));
    let engine = query.engine().unwrap_or_else(|error| {
        refused.get_or_insert(refuse(error));
        EngineChoice::Auto
    });
    let spec = query.run(&manifest).unwrap_or_else(|error| {
        match error {
            SpecError::UnknownClassifier { name, .. } if is_own(&name) => {
                refused.get_or_insert(words::network_is_not_here(&name));
                root.missing.set(Some((name, site::query())));
            }
            error => {
                refused.get_or_insert(refuse(error));
            }
        }
        RunSpec::with_defaults(&manifest, manifest.defaults.unit.clone())
    });
    let entry = manifest.classifier(&spec.classifier);
    let bytes = entry.map_or(0, |entry| manifest.bytes_for(entry, spec.needs_encoder())) + site::program("engine").0;
    let manifest = Arc::new(manifest);
    run::open(root, manifest.clone(), place, spec, engine);
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
    // The run may have been refused for another reason.
    let said = root.notice.get_untracked();
    let said = said.filter(|said| before.as_ref() != Some(said));
    let notices: Vec<_> = before.into_iter().chain(refused).chain(unknown).chain(said).collect();
    if !notices.is_empty() {
        root.notice.set(Some(words::sentences(&notices)));
    }
}

/// What a picture file tells of its run.
pub async fn told(file: &File) -> Told {
    beginning(file, READ_FOR_RUN).await.map_or(Told::Nothing, |file| told::read(&file))
}

/// Makes a run again from what a picture file has told; whether one of another pack is to be opened is asked first, as the
/// page begins anew with it. `is_last` says whether nothing else has been chosen meanwhile.
pub async fn restore(root: Root, file: &str, told: Told, is_last: impl Fn() -> bool) {
    let Some(pack) = root.pack.get_untracked() else { return };
    let engine = root.settings.with_untracked(|settings| settings.as_ref().map(|settings| settings.engine));
    let engine = engine.unwrap_or_default();
    let refused = |error: SpecError| words::refused_file(file, &words::spec(&error));
    let notice = match told {
        Told::Nothing => return,
        Told::Flawed(Flaw::Empty) => words::stamp_is_empty(file),
        Told::Flawed(Flaw::TooLong(bytes)) => words::stamp_is_too_long(file, bytes, stamp::LONGEST),
        Told::Flawed(Flaw::Damaged) => words::stamp_is_damaged(file),
        Told::NoRun => words::stamp_is_no_run(file),
        Told::Refused(error) => refused(error),
        Told::Run { pack: name, query } if name == pack.name => match query.run(&*pack) {
            Ok(spec) => {
                run::take(root, &pack, spec, engine);
                run::run(root);
                return root.status.set(words::restored().into());
            }
            Err(error) => refused(error),
        },
        Told::Run { pack: name, query } => {
            let is_listed =
                root.packs.with_untracked(|packs| packs.is_empty() || packs.iter().any(|pack| pack.name == name));
            let manifest = if is_listed { Some(site::manifest(&name).await) } else { None };
            if !is_last() {
                return;
            }
            match manifest.map(|manifest| manifest.map(|manifest| query.run(&manifest))) {
                None => words::pack_is_not_here(file, &name),
                Some(Err(problem)) => words::pack_does_not_open(file, &name, &problem),
                Some(Ok(Err(error))) => refused(error),
                Some(Ok(Ok(spec))) => {
                    let notice = words::made_with_other_pack(file, &name);
                    let (title, query) = (words::open_pack(&name), query::write(&spec, engine));
                    root.offer.set(Some(Offer { notice: notice.clone(), way: Way::Open { title, query } }));
                    notice
                }
            }
        }
    };
    root.notice.set(Some(notice));
}
