//! What is open, what is asked of the importer, and what comes of it.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use web_sys::{Blob, File, Url};

use super::{
    check,
    state::{Called, Made, OwnNetwork, Seen, Stage, ask, close, unmake},
    taking,
};
use crate::{
    importer::protocol::{Event, Found, Names, Request, What},
    pack::manifest::{ClassifierEntry, Manifest},
    page::{
        browser::{
            files, language, site, store,
            worker::{Heard, Worker},
        },
        root::Root,
        words,
    },
};

/// Ends of the names of files that hold networks.
const ENDS: [&str; 4] = [".onnx", ".safetensors", ".pth", ".pt"];
/// Longest list of names that is read, in bytes.
const LONGEST_LIST: u32 = 4 << 20;
/// Longest name of a network, in letters.
const LONGEST_TITLE: usize = 60;

/// Whether a file of that name holds a network.
pub fn is_network(name: &str) -> bool {
    let name = name.to_lowercase();
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Opens the room, or closes it.
pub fn show(room: OwnNetwork, is_open: bool) {
    room.open.set(is_open);
}

/// The room, with nothing open.
pub fn new(root: Root) -> OwnNetwork {
    let room = OwnNetwork::closed(root);
    // Who followed a link to a network that is not here looks for the way to it.
    Effect::new(move || {
        if root.missing.with(Option::is_some) {
            room.open.set(true);
        }
    });
    room
}

/// Asks an engine that is not there yet, once it is.
pub(super) fn follow(room: OwnNetwork) {
    Effect::new(move || {
        if room.root.ready.get() && room.seen.with_untracked(|seen| *seen == Seen::Later) {
            check::look(room);
        }
    });
}

/// Reads a file, in place of any that is open.
pub(super) fn open(room: OwnNetwork, file: &File) {
    if room.root.pack.with_untracked(Option::is_none) {
        return room.root.notice.set(Some(words::network_too_early().into()));
    }
    close(room);
    let name = file.name();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let title: String = stem.chars().filter(|letter| !letter.is_control()).take(LONGEST_TITLE).collect();
    room.title.set(if title.trim().is_empty() { words::own_networks().to_owned() } else { title });
    match Worker::start("importer", site::program("importer"), move |heard| hear(room, heard)) {
        Ok(importer) => {
            importer.send(&Request::Speak { text: language::text() });
            importer.send_file(file);
            room.inner.update_value(|inner| inner.importer = Some(importer));
            read(room);
        }
        Err(end) => room.problem.set(Some(words::importer_ended(&end))),
    }
}

/// Has the file read as is said by now.
pub(super) fn read(room: OwnNetwork) {
    // What was found stays in sight until the answer comes.
    unmake(room);
    room.stage.set(Stage::Reading);
    let how = room.how.get_untracked();
    ask(room, |number| Request::Read { number, how });
}

/// Has a classifier made of the network as is said by now.
pub(super) fn make(room: OwnNetwork) {
    let Some(pack) = room.root.pack.get_untracked() else { return };
    unmake(room);
    let names = match room.called.get_untracked() {
        Called::Numbers => Names::Numbers,
        Called::Own => Names::Own,
        Called::List(_, text) => Names::List(text),
        Called::Like(name) => {
            Names::Classes(pack.classifier(&name).map(|entry| entry.classes.clone()).unwrap_or_default())
        }
    };
    let (title, pixels) = (room.title.get_untracked(), room.pixels.get_untracked());
    let what = What { title, pixels, names, image: pack.image };
    ask(room, |number| Request::Make { number, what });
}

/// Takes what the importer says.
fn hear(room: OwnNetwork, heard: Heard<Event>) {
    let number = room.inner.with_value(|inner| inner.number);
    match heard {
        Heard::File(weights) => took_weights(room, &weights),
        Heard::Renewed | Heard::Event(Event::Renewed) => ended(room, words::renewed().into()),
        Heard::Ended(end) | Heard::Event(Event::Ended(end)) => ended(room, words::importer_ended(&end)),
        Heard::Event(Event::OutOfMemory) => ended(room, words::network_too_large().into()),
        Heard::Event(Event::Found { number: of, found }) if of == number => found_out(room, found),
        Heard::Event(Event::Refused { number: of, refusal }) if of == number => {
            room.stage.set(Stage::Asking);
            room.found.set(None);
            room.refusal.set(Some(refusal));
        }
        Heard::Event(Event::Made { number: of, json }) if of == number => took(room, json),
        Heard::Event(Event::Unmade { number: of, said }) if of == number => room.problem.set(Some(said)),
        Heard::Event(Event::Kept { number: of, kept }) if of == number => match kept {
            Ok(()) => {
                spawn_local(store::persist());
                taking::join(room, true);
            }
            Err(why) => {
                room.keeps.set(false);
                room.stage.set(Stage::Asking);
                room.problem.set(Some(words::unkept(why)));
            }
        },
        Heard::Event(_) => {}
    }
}

/// The importer is gone, and what it had read with it.
fn ended(room: OwnNetwork, said: String) {
    close(room);
    room.problem.set(Some(said));
}

fn took_weights(room: OwnNetwork, weights: &Blob) {
    if let Ok(address) = Url::create_object_url_with_blob(weights) {
        let size = weights.size() as u64;
        let before = room.inner.try_update_value(|inner| inner.weights.replace((address, size))).flatten();
        if let Some((address, _)) = before {
            let _ = Url::revoke_object_url(&address);
        }
    }
}

/// The file is read: takes what it says of itself, and looks what that makes.
fn found_out(room: OwnNetwork, found: Found) {
    let told = room.inner.with_value(|inner| inner.told);
    if told.is_none() && found.says_bgr && !room.how.with_untracked(|how| how.is_bgr) {
        room.inner.update_value(|inner| inner.told = Some(0));
        room.how.update(|how| how.is_bgr = true);
        return read(room);
    }
    // What a person has said since counts more, but for names of another number of classes.
    if told.is_none_or(|told| told == 0)
        && let Some(pixels) = found.pixels
    {
        room.pixels.set(pixels);
    }
    if told != Some(found.units) {
        let alike = alike(room.root, found.units).into_iter().next().map(|(name, _)| Called::Like(name));
        room.called.set(if found.has_names { Called::Own } else { alike.unwrap_or_default() });
    }
    room.inner.update_value(|inner| inner.told = Some(found.units));
    room.refusal.set(None);
    room.found.set(Some(found));
    room.stage.set(Stage::Asking);
    make(room);
}

/// The pack's own classifiers with so many classes, by name and name for people.
pub(super) fn alike(root: Root, units: usize) -> Vec<(String, String)> {
    let own = root.own.get_untracked();
    let is_alike =
        |entry: &&ClassifierEntry| entry.classes.len() == units && !own.iter().any(|own| own.name == entry.name);
    let names = |entry: &ClassifierEntry| (entry.name.clone(), entry.title.clone());
    let of = |pack: &Arc<Manifest>| pack.classifiers.iter().filter(is_alike).map(names).collect();
    root.pack.with_untracked(|pack| pack.as_ref().map(of)).unwrap_or_default()
}

/// A classifier is made: has it look at the pictures.
fn took(room: OwnNetwork, json: String) {
    let Some(pack) = room.root.pack.get_untracked() else { return };
    let mut manifest = (*pack).clone();
    let joined = manifest.join(json.as_bytes());
    match joined.map(|name| manifest.classifier(&name).cloned()) {
        Ok(entry) => {
            room.made.set(entry.map(|entry| Made { json, entry: Arc::new(entry) }));
            check::look(room);
        }
        Err(error) => room.problem.set(Some(words::does_not_fit(&error))),
    }
}

/// Takes a list of names from a file.
pub(super) fn take_names(room: OwnNetwork, list: File) {
    let open = room.inner.with_value(|inner| inner.file);
    spawn_local(async move {
        let text = files::beginning(&list, LONGEST_LIST).await;
        if room.inner.with_value(|inner| inner.file) != open {
            return;
        }
        match text.and_then(|text| String::from_utf8(text).ok()) {
            Some(text) => {
                room.called.set(Called::List(list.name(), text));
                make(room);
            }
            None => room.problem.set(Some(words::no_list().into())),
        }
    });
}
