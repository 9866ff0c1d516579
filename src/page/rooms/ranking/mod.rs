//! The visitor's own pictures by how strongly they excite a neuron: what the paper's introduction names as the alternative
//! to drawing one.

mod fetched;
mod view;

use leptos::{prelude::*, task::spawn_local};
use web_sys::File;

pub use fetched::{Rank, begin_with};

use crate::{
    page::{
        browser::{
            canvas,
            dropped::{self, Dropped, Found},
        },
        root::{Alert, Root},
        words,
    },
    picture::Pixels,
    spec::Unit,
};

/// Pictures sent to the engine together.
const BATCH: usize = 16;
/// Most pictures that are ranked at once: they are kept, small, to be ranked for other neurons too.
pub const MOST: usize = 5000;
/// How many of the strongest are shown.
pub const SHOWN: usize = 9;

/// Pictures on their way through the engine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// Which of all rankings it is; 0 once it is over before its end.
    number: u32,
    /// The neurons they are ranked for.
    units: Vec<Unit>,
    /// Pictures in their order, as far as they have been read, and their names.
    kept: Vec<(String, Pixels)>,
    /// Activations of the first of them.
    activations: Vec<f32>,
    /// How many there are in all.
    total: usize,
    /// How many have been found so far, while folders are walked through.
    pub found: Option<usize>,
    /// Names of files that were no pictures.
    pub refused: Vec<String>,
}

impl Ranking {
    /// Whether pictures are still to be found or ranked.
    pub fn is_busy(&self) -> bool {
        self.found.is_some() || self.done() < self.total
    }

    /// How many are ranked, or refused.
    pub fn done(&self) -> usize {
        self.ranked() + self.refused.len()
    }

    /// How many are ranked.
    pub fn ranked(&self) -> usize {
        self.activations.len()
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The strongest so far, strongest first: name, picture, activation.
    pub fn strongest(&self) -> Vec<(String, Pixels, f32)> {
        let mut order: Vec<usize> = (0..self.activations.len().min(self.kept.len())).collect();
        order.sort_by(|&a, &b| self.activations[b].total_cmp(&self.activations[a]));
        let entry = |index: usize| {
            let (name, pixels) = self.kept[index].clone();
            (name, pixels, self.activations[index])
        };
        order.into_iter().take(SHOWN).map(entry).collect()
    }
}

/// The room's own state.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    root: Root,
    /// Whether its part of the page is open.
    open: RwSignal<bool>,
    ranking: RwSignal<Ranking>,
    /// Files of those pictures that are still to be read.
    files: StoredValue<Vec<File>, LocalStorage>,
    /// How many rankings there have been.
    count: StoredValue<u32>,
    /// What was last said of pictures that were not ranked.
    alert: Alert,
}

impl Room {
    /// Nothing to rank. What is being ranked ends with the worker.
    pub fn new(root: Root) -> Self {
        let room = Self {
            root,
            open: RwSignal::new(false),
            ranking: RwSignal::new(Ranking::default()),
            files: StoredValue::new_local(Vec::new()),
            count: StoredValue::new(0),
            alert: Alert::new(root),
        };
        Effect::new(move || {
            if root.ready.get() {
                room.alert.take_back();
            } else if room.ranking.with_untracked(Ranking::is_busy) {
                cancel(room);
            }
        });
        room
    }

    /// The number of one more ranking.
    fn next(self) -> u32 {
        self.count.update_value(|count| *count = count.wrapping_add(1).max(1));
        self.count.get_value()
    }
}

/// Opens its part of the page, or closes it.
pub fn show(room: Room, is_open: bool) {
    room.open.set(is_open);
}

/// Ranks the pictures that were dropped, those in folders and their folders too.
fn rank(room: Room, dropped: Vec<Dropped>) {
    let Room { ranking, files, alert, .. } = room;
    alert.take_back();
    let number = room.next();
    files.set_value(Vec::new());
    ranking.set(Ranking { number, found: Some(0), ..Ranking::default() });
    spawn_local(async move {
        let is_current = || ranking.with_untracked(|ranking| ranking.number == number);
        let goes_on = |found| {
            if is_current() {
                ranking.update(|ranking| ranking.found = Some(found));
            }
            is_current() && found <= MOST
        };
        let found = dropped::walk(dropped, goes_on).await;
        if is_current() {
            begin(room, found);
        }
    });
}

/// Ranks picture files for the neurons that are picked.
pub fn begin(room: Room, found: Found) {
    let Room { root, ranking, alert, .. } = room;
    let (mut files, refused) = (found.files, found.unread);
    alert.take_back();
    if files.len() > MOST {
        files.truncate(MOST);
        alert.say(words::too_many_pictures(&MOST));
    } else if files.is_empty() && refused.is_empty() {
        alert.say(words::empty_folder().into());
    }
    let units = root.units.get_untracked();
    ranking.set(Ranking { units, total: files.len() + refused.len(), refused, ..Ranking::default() });
    room.files.set_value(files);
    advance(room);
}

/// Ranks the same pictures for the neurons that are picked now.
pub fn again(room: Room) {
    let Room { root, ranking, files, .. } = room;
    let units = root.units.get_untracked();
    ranking.update(|ranking| {
        ranking.total = ranking.kept.len();
        ranking.units = units;
        ranking.refused.clear();
        ranking.activations.clear();
    });
    files.set_value(Vec::new());
    advance(room);
}

/// Ranks no more; what has been ranked stays.
pub fn cancel(room: Room) {
    let Room { ranking, files, .. } = room;
    files.set_value(Vec::new());
    ranking.update(|ranking| {
        (ranking.number, ranking.found) = (0, None);
        ranking.kept.truncate(ranking.activations.len());
        ranking.total = ranking.done();
    });
}

/// Ranks the pictures some at a time, until none is left or others are to be ranked.
fn advance(room: Room) {
    let Room { root, ranking, files, .. } = room;
    let number = room.next();
    ranking.update(|ranking| ranking.number = number);
    let is_current = move || ranking.with_untracked(|ranking| ranking.number == number);
    spawn_local(async move {
        while is_current() && ranking.with_untracked(Ranking::is_busy) {
            read(room, is_current).await;
            let question = ranking.with_untracked(|ranking| {
                let waiting = ranking.kept.iter().skip(ranking.activations.len()).take(BATCH);
                let images: Vec<Pixels> = waiting.map(|(_, image)| image.clone()).collect();
                (!images.is_empty()).then(|| (ranking.units.clone(), images))
            });
            let answer = match question {
                Some((units, images)) if is_current() => root.rank(units, images).await,
                // A whole batch of files that are no pictures.
                None if files.with_value(|files| !files.is_empty()) => continue,
                _ => return,
            };
            match answer {
                _ if !is_current() => return,
                Ok(activations) => ranking.update(|ranking| ranking.activations.extend(activations)),
                Err(problem) => {
                    cancel(room);
                    return root.tell(problem);
                }
            }
        }
    });
}

/// Reads the next pictures, if those that are read are all ranked.
async fn read(room: Room, is_current: impl Fn() -> bool) {
    let Room { root, ranking, files, .. } = room;
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    let ranked = ranking.with_untracked(|ranking| ranking.kept.len() == ranking.activations.len());
    let next = |files: &mut Vec<File>| files.drain(..BATCH.min(files.len())).collect::<Vec<_>>();
    let next = if ranked { files.try_update_value(next) } else { None };
    for file in next.unwrap_or_default() {
        let image = canvas::of_file(&file, pack.image).await;
        if !is_current() {
            return;
        }
        ranking.update(|ranking| match image {
            Ok(image) => ranking.kept.push((file.name(), image)),
            Err(_) => ranking.refused.push(file.name()),
        });
    }
}
