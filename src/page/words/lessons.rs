//! What the page says around lessons; what a lesson itself says stands in its file.

pub use crate::words::say::lessons::{
    all_lessons, answers, back, lessons, lessons_explained, method, method_page, minutes, next, next_step, no_lesson,
    notes, open_page, print, right, steps, teachers_window, unreadable, what_to_see,
};
use crate::{
    lesson::{Flaw, MAX_STEPS},
    words::{say::lessons as say, sentences},
};

/// Why a lesson cannot be shown. What else can be wrong with one is told to those who write it, at the command line.
pub fn lesson(name: &str, flaw: &Flaw) -> String {
    match flaw {
        Flaw::Unreadable { reason } => say::unreadable(&format!("lessons/{name}.json"), reason),
        _ => say::steps_misfit(&name, &MAX_STEPS),
    }
}

/// That a lesson takes long to come.
pub fn late(name: &str) -> String {
    say::late(&format!("lessons/{name}.json"))
}

/// What is said to an answer.
pub fn answered(is_right: bool, because: &str) -> String {
    sentences(&[if is_right { say::right() } else { say::wrong() }.to_owned(), because.to_owned()])
}
