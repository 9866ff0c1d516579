//! The picture that runs start from: how it comes, and what the engine makes of it.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use web_sys::{File, HtmlVideoElement};

use super::choices::{Choices, Reading};
use crate::{
    page::{
        browser::{canvas, files::beginning, kind::HEAD, site},
        root::{
            Alert, Lacking, Phase, Problem, Root, StartImage, run,
            told::{self, Told},
        },
        words,
    },
    picture::{Picture, Pixels},
    spec::{Prior, RunSpec, Start},
};

/// The room's own state.
#[derive(Debug, Clone, Copy)]
pub struct OwnImage {
    pub(super) root: Root,
    /// The pictures that have been chosen.
    choices: StoredValue<Choices>,
    /// What was last said of pictures and cameras that did not do.
    pub(super) alert: Alert,
    /// Number of the last question about the picture.
    looking: StoredValue<u32>,
    /// The picture and what the generator draws from its code, once the engine has looked, and the units that it has looked
    /// for; else nothing.
    pub(super) looked: RwSignal<Option<Looked>>,
}

/// What the engine makes of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Looked {
    /// What it was looked for, by name.
    pub neuron: String,
    /// The picture itself, and what the generator draws from its code.
    pub pictures: Vec<Picture>,
}

impl OwnImage {
    /// Asks whenever there is somebody to ask, or something else to ask about; brings the picture that a run lacks.
    pub fn new(root: Root) -> Self {
        let room = Self {
            root,
            choices: StoredValue::new(Choices::default()),
            alert: Alert::new(root),
            looking: StoredValue::new(0),
            looked: RwSignal::new(None),
        };
        Effect::new(move || {
            let _ = (root.ready.get(), root.units.get(), root.image.get(), root.classifier.get());
            look(room);
        });
        Effect::new(move || {
            if let Some(Lacking::Picture(name)) = root.lacking.get() {
                bring(room, name);
            }
        });
        // Another start is a later choice than any picture that is still being read.
        let start = Memo::new(move |_| root.with_settings(|settings| settings.run.start));
        Effect::new(move || {
            if start.get().is_some_and(|start| start != Start::Image) {
                room.alert.take_back();
                let given_up = room.choices.try_update_value(Choices::abandon).flatten();
                over(room, given_up.as_ref());
            }
        });
        room
    }
}

/// One more picture is chosen, whatever becomes of it: says that it is being read, and gives its number. None before there is
/// a pack whose pictures have a size.
pub fn begin(room: OwnImage, title: &str) -> Option<u32> {
    let root = room.root;
    if root.pack.with_untracked(Option::is_none) {
        room.alert.say(words::picture_too_early().into());
        return None;
    }
    let said = root.status.get_untracked();
    let number = room.choices.try_update_value(|choices| choices.begin(title.to_owned(), said));
    root.image_due.set(true);
    root.status.set(words::reading(title));
    number
}

/// Whether no picture has been chosen since the one of this number.
pub fn is_last(room: OwnImage, number: u32) -> bool {
    room.choices.with_value(|choices| choices.is_last(number))
}

/// The file that was chosen is none to start from. Whether it still counts.
pub fn leave(room: OwnImage, number: u32) -> bool {
    end(room, number).is_some()
}

/// The picture of this number is read, or will not be; what a run waits for it, if no other has been chosen since.
fn end(room: OwnImage, number: u32) -> Option<Reading> {
    let ended = room.choices.try_update_value(|choices| choices.end(number)).flatten();
    over(room, ended.as_ref());
    ended
}

/// Nothing is being read any more: says what was said before, unless something else is said meanwhile.
fn over(room: OwnImage, ended: Option<&Reading>) {
    let Some(Reading { title, before, .. }) = ended else { return };
    room.root.image_due.set(false);
    let is_reading = |said: &String| [words::reading(title), words::runs_once_read(title)].contains(said);
    if room.root.status.with_untracked(is_reading) {
        room.root.status.set(before.clone());
    }
}

/// Takes a picture file to start from.
pub fn choose(room: OwnImage, file: File) {
    if let Some(number) = begin(room, &file.name()) {
        spawn_local(read(room, number, file));
    }
}

/// Reads the picture file that was chosen under this number, and takes it if it is the last one then.
pub async fn read(room: OwnImage, number: u32, file: File) {
    let Some(pack) = room.root.pack.get_untracked() else { return };
    let title = file.name();
    let image = canvas::of_file(&file, pack.image).await.map_err(|unfit| unfit.said(&title));
    // A picture that was saved here and went through other hands mostly keeps its name at best.
    let mut said = words::picture_chosen().to_owned();
    if image.is_ok() && told::is_named_as_saved(&title) {
        let head = beginning(&file, HEAD).await.unwrap_or_default();
        if told::read(&head) == Told::Nothing {
            said = words::chosen_without_run(&title);
        }
    }
    done(room, number, image.map(|pixels| StartImage { name: None, title, pixels }), said);
}

/// Takes a picture that comes with the page.
pub fn choose_sample(room: OwnImage, name: &'static str) {
    fetch(room, name.to_owned(), false);
}

/// A run is to start from a picture, and none is chosen: waits for the one that is being read, fetches the one that is
/// named and runs it, or asks for one.
fn bring(room: OwnImage, name: Option<String>) {
    let root = room.root;
    let wait = |choices: &mut Choices| choices.wait().map(|reading| reading.title.clone());
    if let Some(title) = room.choices.try_update_value(wait).flatten() {
        return root.status.set(words::runs_once_read(&title));
    }
    if let Some(name) = name {
        return fetch(room, name, true);
    }
    root.more.set(true);
    root.phase.set(Phase::Idle);
    root.status.set(words::no_picture_chosen().into());
    room.alert.add(words::choose_a_picture().into());
}

/// Fetches a picture that comes with the page; where a run asked for it, that begins then, or fails.
fn fetch(room: OwnImage, name: String, asked_for: bool) {
    let root = room.root;
    let known = words::samples().into_iter().find(|(known, _)| *known == name);
    let title = known.map_or(name.clone(), |(_, title)| title.to_owned());
    let (Some(pack), Some(number)) = (root.pack.get_untracked(), begin(room, &title)) else {
        return;
    };
    spawn_local(async move {
        let pixels = match site::sample(&name).await {
            Ok(file) => canvas::of_file(&file, pack.image).await.map_err(|unfit| unfit.said(&title)),
            Err(message) => Err(message),
        };
        match pixels {
            Err(message) if asked_for => {
                if leave(room, number) {
                    run::fail(root, message);
                }
            }
            pixels => {
                let image = pixels.map(|pixels| StartImage { name: Some(name), title, pixels });
                done(room, number, image, words::picture_chosen().into());
            }
        }
    });
    if asked_for {
        room.choices.update_value(|choices| {
            choices.wait();
        });
    }
}

/// A picture is read, or cannot be: takes it, and begins the run that waits for it; or says which picture counts now.
fn done(room: OwnImage, number: u32, image: Result<StartImage, String>, said: String) {
    let root = room.root;
    let Some(Reading { runs, .. }) = end(room, number) else {
        return;
    };
    match image {
        Ok(image) => {
            room.alert.take_back();
            root.image.set(Some(image));
            root.change_settings(|settings| settings.run.start = Start::Image);
            root.more.set(true);
            root.status.set(said);
            if runs {
                run::run(root);
            }
        }
        Err(message) => room.alert.say(words::sentences(&[message, what_counts(root)])),
    }
}

/// From which picture a run would start now.
fn what_counts(root: Root) -> String {
    let starts = untrack(|| root.with_settings(|settings| settings.run.start)) == Some(Start::Image);
    match root.image.with_untracked(|image| image.as_ref().map(|image| image.title.clone())) {
        _ if !starts => words::start_stays().to_owned(),
        Some(title) => words::still_starts_from(&title),
        None => words::no_picture_yet().to_owned(),
    }
}

/// Takes what the camera shows at this moment.
pub(super) fn shoot(room: OwnImage, video: &HtmlVideoElement) {
    let Some(pack) = room.root.pack.get_untracked() else { return };
    let shown = canvas::of_video(video, pack.image);
    let Some(number) = begin(room, words::cameras_picture()) else { return };
    spawn_local(async move {
        let pixels: Result<Pixels, JsValue> = shown.await;
        let image = pixels.map(|pixels| StartImage { name: None, title: words::cameras_picture().into(), pixels });
        done(room, number, image.map_err(|_| words::camera_empty().to_owned()), words::picture_chosen().into());
    });
}

/// Asks the engine what it makes of the picture: the picture itself and what the generator draws from its code, both as the
/// classifier sees them. An engine that is not there yet is asked once it is.
fn look(room: OwnImage) {
    let OwnImage { root, looking, looked, .. } = room;
    looked.set(None);
    let number = looking.get_value().wrapping_add(1);
    looking.set_value(number);
    let (Some(pack), Some(image)) = (root.pack.get_untracked(), root.image.get_untracked()) else {
        return;
    };
    let units = root.units.get_untracked();
    let Some(unit) = units.first().filter(|_| run::is_loaded(root)) else {
        return;
    };
    let classifier = root.classifier.get_untracked();
    let own = RunSpec::with_defaults(&*pack, unit.clone());
    let compare = vec![Prior::NONE.into()];
    let spec = RunSpec { classifier, units, start: Start::Image, steps: 1, compare, ..own };
    let neuron = untrack(|| root.picked_title());
    spawn_local(async move {
        let answer = root.look(spec, Some(image.pixels)).await;
        // Only the last question counts.
        if looking.get_value() != number {
            return;
        }
        match answer {
            Ok(pictures) => looked.set(Some(Looked { neuron, pictures })),
            Err(problem @ Problem::Refused(_)) => root.tell(problem),
            // The next worker is asked once it is there.
            Err(Problem::Nobody | Problem::Ended) => {}
        }
    });
}
