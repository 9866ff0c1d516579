//! Without a network: what of the site the browser keeps, more of it on request, away with it, and a new version of it.

mod view;

use std::time::Duration;

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

/// How long a service worker that fetches files may say nothing before it is asked again.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

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
        set_timeout(move || start(room), Duration::from_millis(LATER));
        // What a run needs is kept, for those who let pages load; and what is kept is told of the pack at hand.
        let asked = Memo::new(move |_| {
            let is_ready = matches!(room.stage.get(), Stage::Ready | Stage::Keeping(..));
            let drawn = root.drawn.with(|run| run.as_ref().map(|run| run.classifier.clone()));
            let drawn = drawn.filter(|_| !site::saves_data() && root.reading.with(Option::is_some));
            is_ready.then(|| (pack(room), drawn))
        });
        Effect::new(move || {
            if let Some((pack, drawn)) = asked.get() {
                ask(room, if drawn.is_some() { Ask::Used } else { Ask::State }, &pack, drawn.as_deref());
            }
        });
        room
    }
}

/// The name of the pack; empty before it is there, and for one that is not the site's.
fn pack(room: Room) -> String {
    let name = room.root.pack.with(|pack| pack.as_ref().map(|pack| pack.name.clone())).unwrap_or_default();
    if room.root.place().folder.is_empty() { String::new() } else { name }
}

fn start(room: Room) {
    room.stage.set(Stage::Starting);
    spawn_local(async move {
        match offline::start(move |event| hear(room, event)).await {
            Ok((keeper, is_ready)) => {
                room.keeper.set_value(Some(keeper));
                if is_ready {
                    room.stage.set(Stage::Ready);
                }
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
        Event::Told(told) => told_so(room, told),
    }
}

fn told_so(room: Room, told: Told) {
    // What is told of what is gone is of no interest.
    if room.keeper.with_value(Option::is_none) {
        return;
    }
    match told {
        Told::State { pack, kept, missing } => {
            room.stage.set(Stage::Ready);
            room.kept.set(Some(Kept { pack, bytes: kept, missing }));
            if missing == 0 {
                room.failure.set(None);
            }
        }
        Told::Progress { loaded, total } => {
            room.stage.set(Stage::Keeping(loaded, total));
            // Browsers end a service worker that takes long; what it has kept stays, and it goes on with the rest.
            let go_on = move || {
                if room.stage.get_untracked() == Stage::Keeping(loaded, total) {
                    ask(room, Ask::Keep, &untrack(|| pack(room)), None);
                }
            };
            set_timeout(go_on, LONGEST_SILENCE);
        }
        Told::Removed => {
            room.keeper.set_value(None);
            room.kept.set(None);
            room.failure.set(None);
            room.stage.set(Stage::Lacking(NotOffline::Off));
        }
        Told::Failed(failure) => {
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
