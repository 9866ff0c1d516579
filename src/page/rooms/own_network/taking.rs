//! A network that is read becomes a classifier of the pack; and what becomes of those that are.

use leptos::{prelude::*, task::spawn_local};

use super::{
    check::network,
    state::{OwnNetwork, Stage, ask, close},
};
use crate::{
    engine::protocol::Own,
    importer::protocol::Request,
    pack::manifest::is_own,
    page::{
        browser::store,
        root::{OwnNetwork as Owned, Root, owned, picking, run},
        words,
    },
    spec::{SpecError, query::Query},
};

/// Takes the network as it is made, to be used; first into the browser's own storage, where that is wanted.
pub(super) fn take(room: OwnNetwork) {
    if room.keeps.get_untracked() {
        room.stage.set(Stage::Keeping);
        return ask(room, |number| Request::Keep { number });
    }
    join(room, false);
}

/// Has the network join the pack, and runs it: what a link asks for that was followed, where it is of this network.
pub(super) fn join(room: OwnNetwork, is_kept: bool) {
    let root = room.root;
    let Some((Own { json, weights: (file, address) }, entry, bytes)) = network(room) else {
        room.stage.set(Stage::Asking);
        return room.problem.set(Some(words::network_too_large().into()));
    };
    let name = entry.name.clone();
    let owned = Owned { name: name.clone(), title: entry.title.clone(), json, file, address, bytes, is_kept };
    if let Err(error) = owned::join(root, owned) {
        room.stage.set(Stage::Asking);
        return room.problem.set(Some(words::does_not_fit(&error)));
    }
    // They are the page's from now on.
    room.inner.update_value(|inner| inner.weights = None);
    close(room);
    let is_asked = is_of_link(root, &name);
    if !is_asked {
        picking::choose_classifier(root, &name);
    }
    run::run(root);
    // The link's own network may still come.
    if root.missing.with_untracked(Option::is_some) {
        root.notice.set(Some(words::another_than_linked().into()));
    }
}

/// Whether a network is the one that a link is to; its run is in the controls then.
fn is_of_link(root: Root, name: &str) -> bool {
    let Some((_, query)) = root.missing.get_untracked().filter(|(wanted, _)| wanted == name) else { return false };
    let (Some(pack), Ok(link)) = (root.pack.get_untracked(), Query::parse(&query)) else { return false };
    root.missing.set(None);
    match link.run(&*pack) {
        Ok(spec) => {
            run::take(root, &pack, spec, link.engine().unwrap_or_default());
            true
        }
        Err(SpecError::UnknownClassifier { name, .. }) if is_own(&name) => {
            root.missing.set(Some((name, query)));
            false
        }
        Err(_) => false,
    }
}

/// Runs a network that is there.
pub(super) fn choose(room: OwnNetwork, name: &str) {
    picking::choose_classifier(room.root, name);
    run::run(room.root);
}

/// Takes a network away, out of the browser's own storage too.
pub(super) fn delete(room: OwnNetwork, own: Owned) {
    let root = room.root;
    spawn_local(async move {
        // What is still there can be deleted again.
        if own.is_kept && !store::delete(&own.name).await {
            return room.problem.set(Some(words::not_deleted().into()));
        }
        if owned::is_needed(root, &own.name) {
            run::stop(root);
        }
        owned::part(root, &own.name);
    });
}
