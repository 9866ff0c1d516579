//! What is open in the room, and how that is left.

use std::sync::Arc;

use leptos::prelude::*;
use web_sys::Url;

use crate::{
    import::Pixels,
    importer::protocol::{Event, Found, How, Refusal, Request},
    pack::manifest::{ClassifierEntry, ImageShape},
    page::{
        browser::worker::{Greeting, Worker},
        root::Root,
    },
    picture::Pixels as Image,
};

/// What goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// No file is open.
    Empty,
    /// A file is being read.
    Reading,
    /// It is read, or refused for what can be said of it.
    Asking,
    /// It is being written into the browser's own storage, to be used then.
    Keeping,
}

/// What a network's outputs are called, as it is offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Called {
    /// By their numbers.
    #[default]
    Numbers,
    /// As the file itself says.
    Own,
    /// As the classes of that classifier of the pack.
    Like(String),
    /// As a file of the visitor's says: its name and its text.
    List(String, String),
}

/// What it sees in the pictures that come with the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Seen {
    /// Nothing is to be seen yet.
    Nothing,
    /// Nobody has been asked, as there is no engine yet.
    Later,
    /// The engine is looking.
    Soon,
    /// The likeliest classes in each, by name.
    Classes(Vec<Vec<(String, f32)>>),
    /// Why nobody knows.
    Not(String),
}

/// A classifier that was made.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub json: String,
    pub entry: Arc<ClassifierEntry>,
}

/// The room's own state.
#[derive(Debug, Clone, Copy)]
pub struct OwnNetwork {
    pub(super) root: Root,
    /// Whether the room is open.
    pub(super) open: RwSignal<bool>,
    pub(super) stage: RwSignal<Stage>,
    /// What people call the network.
    pub(super) title: RwSignal<String>,
    pub(super) how: RwSignal<How>,
    pub(super) pixels: RwSignal<Pixels>,
    pub(super) called: RwSignal<Called>,
    pub(super) keeps: RwSignal<bool>,
    pub(super) found: RwSignal<Option<Found>>,
    pub(super) refusal: RwSignal<Option<Refusal>>,
    /// Why the choices make no classifier.
    pub(super) problem: RwSignal<Option<String>>,
    pub(super) made: RwSignal<Option<Made>>,
    pub(super) seen: RwSignal<Seen>,
    pub(super) inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub importer: Option<Worker>,
    /// Number of the last question.
    pub number: u32,
    /// Number of the file that is open, or was the last one.
    pub file: u32,
    /// Where the weights are that were made last, and how many bytes.
    pub weights: Option<(String, u64)>,
    /// The pictures that come with the page, of a size.
    pub samples: Option<(ImageShape, Vec<Image>)>,
    /// Number of the folder that was chosen last.
    pub folder: u32,
    /// Number of the last look.
    pub looking: u32,
    /// Whether an engine has ended while it looked: another one is not to.
    pub has_ended: bool,
    /// How many outputs the file had when what it says of itself was taken.
    pub told: Option<usize>,
}

impl Greeting for Event {
    fn version(&self) -> Option<&str> {
        match self {
            Self::Hello { version } => Some(version),
            _ => None,
        }
    }
}

impl OwnNetwork {
    /// Nothing is open.
    pub(super) fn closed(root: Root) -> Self {
        Self {
            root,
            open: RwSignal::new(false),
            stage: RwSignal::new(Stage::Empty),
            title: RwSignal::new(String::new()),
            how: RwSignal::new(How::default()),
            pixels: RwSignal::new(Pixels::default()),
            called: RwSignal::new(Called::default()),
            keeps: RwSignal::new(false),
            found: RwSignal::new(None),
            refusal: RwSignal::new(None),
            problem: RwSignal::new(None),
            made: RwSignal::new(None),
            seen: RwSignal::new(Seen::Nothing),
            inner: StoredValue::new_local(Inner::default()),
        }
    }
}

/// Leaves the file that is open.
pub(super) fn close(room: OwnNetwork) {
    room.inner.update_value(|inner| {
        if let Some((address, _)) = inner.weights.take() {
            let _ = Url::revoke_object_url(&address);
        }
        // What is still on its way is of another file.
        *inner = Inner {
            number: inner.number.wrapping_add(1),
            file: inner.file.wrapping_add(1),
            looking: inner.looking.wrapping_add(1),
            folder: inner.folder,
            samples: inner.samples.take(),
            ..Inner::default()
        };
    });
    room.stage.set(Stage::Empty);
    room.how.set(How::default());
    room.pixels.set(Pixels::default());
    room.called.set(Called::default());
    room.keeps.set(false);
    forget(room);
}

/// What is known of the file is of how it was read before.
pub(super) fn forget(room: OwnNetwork) {
    room.found.set(None);
    room.refusal.set(None);
    unmake(room);
}

/// What was made is of other choices.
pub(super) fn unmake(room: OwnNetwork) {
    room.inner.update_value(|inner| inner.looking = inner.looking.wrapping_add(1));
    room.problem.set(None);
    room.made.set(None);
    room.seen.set(Seen::Nothing);
}

/// Asks the importer.
pub(super) fn ask(room: OwnNetwork, request: impl FnOnce(u32) -> Request) {
    room.inner.update_value(|inner| {
        inner.number = inner.number.wrapping_add(1);
        let request = request(inner.number);
        inner.importer.iter().for_each(|importer| importer.send(&request));
    });
}
