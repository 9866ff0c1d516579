//! What is in the notebook, and what is done with it.

use std::time::Duration;

use js_sys::{Array, Date, Math, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Url};

use super::{
    export::{self, Written},
    facts::Facts,
    kept::{Kept, Text},
};
use crate::{
    page::{
        browser::{
            files::{download, file, joined},
            language,
            notebook::{Failure, Shelf},
            site, store,
        },
        root::{Root, files, neurons},
        words,
    },
    spec::{EngineChoice, query},
};

/// Most pictures.
const MOST: usize = 200;
/// Milliseconds without a key before a text is kept.
const PAUSE: u64 = 400;
/// The key of the notebook's title among the texts. No picture has it.
const TITLE: &str = "title";

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub root: Root,
    /// The pictures, the newest first; those that were deleted here too.
    pub all: RwSignal<Vec<Kept>>,
    /// What the notebook is called.
    pub title: Text,
    /// Why not everything is kept.
    pub failure: RwSignal<Option<Failure>>,
    /// What was done with all of it.
    pub status: RwSignal<String>,
    /// Whether it is open.
    pub open: RwSignal<bool>,
    shelf: StoredValue<Option<Shelf>, LocalStorage>,
}

impl Room {
    /// A notebook that nobody has looked into; it is read when it is opened.
    pub fn new(root: Root) -> Self {
        Self {
            root,
            all: RwSignal::new(Vec::new()),
            title: Text::new(String::new()),
            failure: RwSignal::new(None),
            status: RwSignal::new(String::new()),
            open: RwSignal::new(false),
            shelf: StoredValue::new_local(None),
        }
    }

    /// Those that are not deleted.
    pub fn there(self) -> Vec<Kept> {
        self.all.get().into_iter().filter(|kept| !kept.is_deleted.get()).collect()
    }
}

/// The picture that is chosen, as it is now: what is to be known of it, and its file.
pub fn chosen(root: Root) -> Option<(Facts, impl Future<Output = Result<Blob, JsValue>> + use<>)> {
    let canvas = root.canvases.get(untrack(|| root.chosen_lane())).and_then(|canvas| canvas.get_untracked());
    let facts = untrack(|| facts(root))?;
    let png = files::png(root, &canvas?, facts.run.clone());
    Some((facts, png))
}

/// Keeps a picture.
pub fn keep(room: Room, facts: Facts, png: Blob) {
    let root = room.root;
    spawn_local(async move {
        // How many there are is known once they have been read.
        let _ = exchange(room).await;
        if untrack(|| room.there()).len() >= MOST {
            return root.notice.set(Some(words::notebook_is_full(&MOST)));
        }
        let key = format!("{}-{}", facts.date, Math::random());
        room.all.update(|all| all.insert(0, Kept::new(key, facts, png, false)));
        match exchange(room).await {
            Ok(()) => {
                root.status.set(words::kept_in_notebook().into());
                store::persist().await;
            }
            Err(failure) => root.notice.set(Some(why(failure).into())),
        }
    });
}

/// What is to be known of the picture that is chosen.
fn facts(root: Root) -> Option<Facts> {
    let (step, steps, activation) = root.with_lane(|reading, lane| (reading.step, reading.steps, lane.activation))?;
    root.with_drawn(|run, entry| Facts {
        date: Date::now(),
        neuron: neurons::title(&run.units, entry),
        detail: neurons::detail(&run.units, entry),
        activation,
        step,
        steps,
        pack: run.pack.clone(),
        run: query::write(run, EngineChoice::Auto),
    })
}

/// Why something is not kept, in words.
pub fn why(failure: Failure) -> &'static str {
    match failure {
        Failure::NoRoom => words::no_room_for_notebook(),
        Failure::Refused => words::notebook_refused(),
    }
}

/// Reads what other pages have changed, if the notebook is open.
pub fn look(room: Room) {
    if room.open.get_untracked() {
        spawn_local(async move {
            let _ = exchange(room).await;
        });
    }
}

/// Takes what was typed, and keeps it once no more is typed for a while.
pub fn typed(room: Room, text: Text, typed: String) {
    text.text.set(typed);
    text.changed();
    let changes = text.changes.get_value();
    let later = move || {
        if text.changes.get_value() == changes {
            keep_texts(room);
        }
    };
    set_timeout(later, Duration::from_millis(PAUSE));
}

/// Keeps what was typed.
pub fn keep_texts(room: Room) {
    let unkept = |kept: &Kept| !kept.note.is_kept();
    if !room.title.is_kept() || room.all.with_untracked(|all| all.iter().any(unkept)) {
        spawn_local(async move { room.failure.set(put(room).await.err()) });
    }
}

/// Deletes a picture, until it is brought back.
pub fn delete(room: Room, kept: &Kept) {
    kept.is_deleted.set(true);
    let key = kept.key.clone();
    spawn_local(async move {
        let deleted = async { shelf(room).await?.delete(&key).await };
        let deleted = deleted.await;
        reopen_if_refused(room, deleted);
        room.failure.set(deleted.err());
    });
}

/// Brings a picture back.
pub fn bring_back(room: Room, kept: &Kept) {
    kept.is_kept.set(false);
    kept.note.changed();
    kept.is_deleted.set(false);
    spawn_local(async move {
        let _ = exchange(room).await;
    });
}

/// The database, opened when it is first asked for.
async fn shelf(room: Room) -> Result<Shelf, Failure> {
    if let Some(shelf) = room.shelf.get_value() {
        return Ok(shelf);
    }
    let shelf = Shelf::open().await?;
    room.shelf.set_value(Some(shelf.clone()));
    Ok(shelf)
}

/// Keeps what is not kept yet, then reads what there is.
async fn exchange(room: Room) -> Result<(), Failure> {
    let exchanged = async {
        let put = put(room).await;
        // What cannot be kept must not hide what is.
        let before =
            room.all.with_untracked(|all| all.iter().filter(|kept| kept.is_kept.get_untracked()).cloned().collect());
        let [pictures, texts] = shelf(room).await?.all().await?;
        take(room, before, pictures, &texts);
        put
    };
    let exchanged: Result<(), Failure> = exchanged.await;
    reopen_if_refused(room, exchanged);
    room.failure.set(exchanged.err());
    exchanged
}

/// Keeps what is not kept yet.
async fn put(room: Room) -> Result<(), Failure> {
    let put = async {
        let shelf = shelf(room).await?;
        room.title.put(&shelf, TITLE).await?;
        for kept in room.all.get_untracked() {
            if !kept.is_deleted.get_untracked() {
                kept.put(&shelf).await?;
            }
        }
        Ok(())
    };
    let put = put.await;
    reopen_if_refused(room, put);
    put
}

/// The database may have been closed by the browser: the next time it is opened anew.
fn reopen_if_refused(room: Room, done: Result<(), Failure>) {
    if done == Err(Failure::Refused) {
        room.shelf.set_value(None);
    }
}

/// Brings the list to what was read. Those of `before` that are not there any more were deleted by another page.
fn take(room: Room, before: Vec<Kept>, pictures: Vec<(String, JsValue)>, texts: &[(String, JsValue)]) {
    let mut all = room.all.get_untracked();
    let was_there = |kept: &Kept| before.iter().any(|before| before.key == kept.key);
    let is_there = |kept: &Kept| pictures.iter().any(|(key, _)| *key == kept.key);
    all.retain(|kept| {
        let stays = kept.is_deleted.get_untracked() || !was_there(kept) || is_there(kept);
        if !stays {
            let _ = Url::revoke_object_url(&kept.address);
        }
        stays
    });
    for (key, value) in &pictures {
        if all.iter().any(|kept| kept.key == *key) {
            continue;
        }
        if let Some(kept) = Kept::read(key, value.clone()) {
            // Behind those that are newer; a program that sorts would be longer.
            let place = all.iter().position(|other| other.facts.date < kept.facts.date);
            all.insert(place.unwrap_or(all.len()), kept);
        }
    }
    for (key, text) in texts {
        let text = text.as_string().unwrap_or_default();
        let own = all.iter().find(|kept| kept.key == *key).map(|kept| kept.note);
        if let Some(own) = own.or_else(|| (key == TITLE).then_some(room.title)) {
            own.take(&text);
        }
    }
    room.all.set(all);
}

/// Saves all of it as one file.
pub fn save(room: Room) {
    spawn_local(async move {
        room.status.set(match written(room).await {
            Ok(0) => words::notebook_exported().to_owned(),
            Ok(lost) => words::notebook_exported_without(&lost),
            Err(_) => words::notebook_not_exported().to_owned(),
        });
    });
}

/// Saves all of it as one file, and tells of how many pictures the files could not be read.
async fn written(room: Room) -> Result<usize, JsValue> {
    let address = site::address();
    let page = address.split(['?', '#']).next().unwrap_or_default();
    let beginning = room.title.text.with_untracked(|title| export::beginning(&language::tag(), title));
    let (parts, mut lost) = (Array::of1(&beginning.into()), 0);
    for kept in untrack(|| room.there()) {
        let bytes = JsFuture::from(kept.file.with_value(Blob::array_buffer)).await;
        lost += usize::from(bytes.is_err());
        let png = bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).unwrap_or_default();
        let (date, note) = (kept.date(), kept.note.text.get_untracked());
        let entry = export::entry(Written { facts: &kept.facts, date: &date, note: &note, png: &png, page });
        // A file by itself, which need not lie in this program's memory.
        parts.push(&file(entry.as_bytes(), "text/html")?.into());
    }
    parts.push(&export::END.into());
    download(&joined(&parts, "text/html")?, "notebook.html")?;
    Ok(lost)
}

/// Prints the notebook, and of the page nothing else: its style sheet knows by a mark.
pub fn print() {
    mark_for_print(true);
    // Some browsers print later than this returns; afterwards the mark is taken away.
    let _ = window().print();
}

/// Tells the style sheet whether the notebook is what is printed.
pub fn mark_for_print(is_printed: bool) {
    if let Some(html) = document().document_element() {
        let _ =
            if is_printed { html.set_attribute("data-print", "notebook") } else { html.remove_attribute("data-print") };
    }
}
