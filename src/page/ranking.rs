//! The visitor's own pictures by how strongly they excite a neuron: what the paper's introduction names as the alternative
//! to drawing one.

use leptos::{prelude::*, task::spawn_local};

use super::{
    actions,
    asking::{ask, next_number, tell},
    dropped::{self, Dropped, Found},
    pixels,
    state::State,
    words,
};
use crate::{
    engine::protocol::{Answer, Question},
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
    /// Files that were no pictures.
    pub refused: usize,
}

impl Ranking {
    /// Whether pictures are still to be found or ranked.
    pub fn is_busy(&self) -> bool {
        self.found.is_some() || self.done() < self.total
    }

    /// How many are ranked, or refused.
    pub fn done(&self) -> usize {
        self.activations.len() + self.refused
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

/// Ranks the pictures that were dropped, those in folders and their folders too.
pub fn begin_with(state: State, dropped: Vec<Dropped>) {
    if !actions::is_loaded(state) {
        return state.notice.set(Some(words::RANK_LATER.into()));
    }
    state.rank.set(true);
    let number = next_number(state);
    state.files.set_value(Vec::new());
    state.ranking.set(Ranking { number, found: Some(0), ..Ranking::default() });
    spawn_local(async move {
        let is_current = || state.ranking.with_untracked(|ranking| ranking.number == number);
        let goes_on = |found| {
            if is_current() {
                state.ranking.update(|ranking| ranking.found = Some(found));
            }
            is_current() && found <= MOST
        };
        let found = dropped::walk(dropped, goes_on).await;
        if is_current() {
            begin(state, found);
        }
    });
}

/// Ranks picture files for the neurons that are picked.
pub fn begin(state: State, found: Found) {
    let (mut files, unread) = (found.files, found.unread);
    if files.len() > MOST {
        files.truncate(MOST);
        state.notice.set(Some(words::too_many_pictures(MOST)));
    } else if files.is_empty() && unread == 0 {
        state.notice.set(Some(words::EMPTY_FOLDER.into()));
    }
    let units = state.units.get_untracked();
    state.ranking.set(Ranking { units, total: files.len() + unread, refused: unread, ..Ranking::default() });
    state.files.set_value(files);
    advance(state);
}

/// Ranks the same pictures for the neurons that are picked now.
pub fn again(state: State) {
    let units = state.units.get_untracked();
    state.ranking.update(|ranking| {
        ranking.total = ranking.kept.len();
        (ranking.units, ranking.refused) = (units, 0);
        ranking.activations.clear();
    });
    state.files.set_value(Vec::new());
    advance(state);
}

/// Ranks no more; what has been ranked stays.
pub fn cancel(state: State) {
    state.files.set_value(Vec::new());
    state.ranking.update(|ranking| {
        (ranking.number, ranking.found) = (0, None);
        ranking.kept.truncate(ranking.activations.len());
        ranking.total = ranking.done();
    });
}

/// Ranks the pictures some at a time, until none is left or others are to be ranked.
fn advance(state: State) {
    let number = next_number(state);
    state.ranking.update(|ranking| ranking.number = number);
    let is_current = move || state.ranking.with_untracked(|ranking| ranking.number == number);
    spawn_local(async move {
        while is_current() && state.ranking.with_untracked(Ranking::is_busy) {
            read(state, is_current).await;
            let question = state.ranking.with_untracked(|ranking| {
                let waiting = ranking.kept.iter().skip(ranking.activations.len()).take(BATCH);
                let images: Vec<Pixels> = waiting.map(|(_, image)| image.clone()).collect();
                (!images.is_empty()).then(|| Question::Rank { units: ranking.units.clone(), images })
            });
            let answer = match question {
                Some(question) if is_current() => ask(state, question).await,
                // A whole batch of files that are no pictures.
                None if state.files.with_value(|files| !files.is_empty()) => continue,
                _ => return,
            };
            match answer {
                _ if !is_current() => return,
                Ok(Answer::Ranked(activations)) => {
                    state.ranking.update(|ranking| ranking.activations.extend(activations));
                }
                Ok(_) => return cancel(state),
                Err(problem) => {
                    cancel(state);
                    return tell(state, problem);
                }
            }
        }
    });
}

/// Reads the next pictures, if those that are read are all ranked.
async fn read(state: State, is_current: impl Fn() -> bool) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    let ranked = state.ranking.with_untracked(|ranking| ranking.kept.len() == ranking.activations.len());
    let next = |files: &mut Vec<web_sys::File>| files.drain(..BATCH.min(files.len())).collect::<Vec<_>>();
    let next = if ranked { state.files.try_update_value(next) } else { None };
    for file in next.unwrap_or_default() {
        let image = pixels::of_file(&file, pack.image).await;
        if !is_current() {
            return;
        }
        state.ranking.update(|ranking| match image {
            Ok(image) => ranking.kept.push((file.name(), image)),
            Err(_) => ranking.refused += 1,
        });
    }
}
