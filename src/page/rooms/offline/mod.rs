//! Without a network: what of the site the browser keeps, more of it on request, away with it, and a new version of it.

mod view;

use leptos::{prelude::*, task::spawn_local};

pub use view::{Keep, Renewed};

use crate::page::{
    browser::{
        offline::{self, Ask, Event, Keeper, Told},
        site, store,
    },
    root::Root,
    words::{NotFetched, NotOffline},
};

/// Milliseconds before the browser is asked to keep the page: what the first picture needs comes first.
const LATER: u64 = 3000;

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// It is being started.
    Starting,
    /// Nothing can be kept, or is to be.
    Lacking(NotOffline),
    /// The page is kept.
    Ready,
    /// Files are being fetched: bytes that have come, and of how many.
    Keeping(u64, u64),
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The pack that was looked at.
    pack: String,
    /// Bytes in all.
    bytes: u64,
    /// Bytes that the pack still lacks.
    missing: u64,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    root: Root,
    stage: RwSignal<Stage>,
    kept: RwSignal<Option<Kept>>,
    failure: RwSignal<Option<NotFetched>>,
    /// Whether a new version of the site waits.
    renewed: RwSignal<bool>,
    keeper: StoredValue<Option<Keeper>, LocalStorage>,
}

impl Room {
    /// Starts the service worker once the page has had time for what the visitor waits for.
    pub fn new(root: Root) -> Self {
        let room = Self {
            root,
            stage: RwSignal::new(Stage::Starting),
            kept: RwSignal::new(None),
            failure: RwSignal::new(None),
            renewed: RwSignal::new(false),
            keeper: StoredValue::new_local(None),
        };
        set_timeout(move || start(room), std::time::Duration::from_millis(LATER));
        // What a run has used is kept, for those who let pages load; and what is kept is told of the pack at hand.
        let used = Memo::new(move |_| {
            (room.stage.get() == Stage::Ready && !site::saves_data() && root.reading.with(Option::is_some))
                .then(|| (pack(room), root.classifier.get()))
        });
        Effect::new(move || match used.get() {
            Some((pack, classifier)) => ask(room, Ask::Used, &pack, Some(&classifier)),
            None if room.stage.get() == Stage::Ready => ask(room, Ask::State, &pack(room), None),
            None => {}
        });
        room
    }
}

/// The name of the pack; empty before it is there.
fn pack(room: Room) -> String {
    room.root.pack.with(|pack| pack.as_ref().map(|pack| pack.name.clone())).unwrap_or_default()
}

fn start(room: Room) {
    room.stage.set(Stage::Starting);
    spawn_local(async move {
        match offline::start(move |event| hear(room, event)).await {
            Ok(keeper) => {
                room.keeper.set_value(Some(keeper));
                // It may have been ready before it could be asked.
                room.stage.notify();
            }
            Err(lack) => room.stage.set(Stage::Lacking(lack)),
        }
    });
}

fn hear(room: Room, event: Event) {
    match event {
        Event::Ready => room.stage.set(Stage::Ready),
        Event::Lacking(lack) => room.stage.set(Stage::Lacking(lack)),
        Event::Renewed => room.renewed.set(true),
        Event::Told(Told::State { pack, kept, missing }) => {
            room.stage.set(Stage::Ready);
            room.kept.set(Some(Kept { pack, bytes: kept, missing }));
        }
        Event::Told(Told::Progress { loaded, total }) => room.stage.set(Stage::Keeping(loaded, total)),
        Event::Told(Told::Removed) => {
            room.keeper.set_value(None);
            room.kept.set(None);
            room.failure.set(None);
            room.stage.set(Stage::Lacking(NotOffline::Off));
        }
        Event::Told(Told::Failed(failure)) => {
            room.stage.set(Stage::Ready);
            room.failure.set(Some(failure));
        }
    }
}

fn ask(room: Room, ask: Ask, pack: &str, classifier: Option<&str>) {
    if !pack.is_empty() {
        room.keeper.with_value(|keeper| keeper.as_ref().inspect(|keeper| keeper.ask(ask, pack, classifier)).is_some());
    }
}

/// Keeps all of the pack at hand, and asks the browser not to delete it.
fn keep(room: Room) {
    room.failure.set(None);
    ask(room, Ask::Keep, &untrack(|| pack(room)), None);
    spawn_local(store::persist());
}

/// Deletes all that is kept; nothing is kept from then on.
fn remove(room: Room) {
    room.keeper.with_value(|keeper| keeper.as_ref().inspect(|keeper| keeper.remove()).is_some());
}

/// Lets the browser keep the page again.
fn allow(room: Room) {
    offline::remember(false);
    start(room);
}
