//! What has gone wrong, as sentences: of each error what happened and what to do, in plain words. The parts below tell
//! errors as data; page, importer and command line ask here what to say, so that an error has the same words in both, and other
//! words for it are found in one place.
//!
//! Where the two can do different things about an error, they say it in ways of their own ([`Reader`]).
//!
//! What the sentences are in each language stands in its file; [`say`] has a function for each of them, and all that is said by
//! the page too.

#[cfg(any(feature = "importer", feature = "native"))]
mod caffe;
mod check;
#[cfg(any(feature = "importer", feature = "native"))]
mod damage;
mod engine;
#[cfg(any(feature = "importer", feature = "native"))]
mod import;
mod language;
mod languages;
mod nets;
mod pack;
pub mod say;
mod spec;
#[cfg(any(feature = "importer", feature = "native"))]
mod state_dict;

pub use engine::{adapter, engine, hardware, uncompiled};
#[cfg(any(feature = "importer", feature = "native"))]
pub use import::{Asked, content, file_gone, import, names, no_name, too_much_to_say, unusable_weights};
pub use language::speak;
pub use languages::LANGUAGES;
pub use pack::{defect, examples, manifest, pack};
pub use spec::spec;

use std::fmt::Display;

use crate::engine::protocol::Lack;

/// Whoever reads what is said. A visitor loads the page anew or presses Run; somebody at a terminal chooses a folder or an
/// engine.
pub trait Reader {
    /// A file of a pack has another digest than the pack states.
    fn digest(file: &str) -> String;
    /// A web page came in place of a file of a pack, from that place where it is known.
    fn page(file: &str, place: Option<&str>) -> String;
    /// No graphics processor can be used.
    fn no_graphics(lack: &Lack) -> String;
    /// The graphics processor was lost.
    fn lost(reason: &str) -> String;
    /// Results could not be read back.
    fn unread(reason: &str) -> String;
    /// The pack has been replaced by another.
    fn renewed() -> String;
}

/// Texts one after the other, as parts of a sentence; empty where there are none.
pub fn listed(texts: &[String]) -> String {
    folded(texts, say::joints::listed)
}

/// Texts that hold commas themselves, one after the other.
fn alternatives(texts: &[String]) -> String {
    folded(texts, say::joints::alternatives)
}

/// Whole sentences, one after the other.
pub fn sentences(texts: &[String]) -> String {
    folded(texts, say::joints::sentences)
}

fn folded(texts: &[String], join: fn(&dyn Display, &dyn Display) -> String) -> String {
    let mut texts = texts.iter();
    let first = texts.next().cloned().unwrap_or_default();
    texts.fold(first, |list, next| join(&list, next))
}

/// A list, and how many more there are.
fn and_more(list: String, more: usize) -> String {
    if more > 0 { say::joints::and_more(&list, &more) } else { list }
}

/// A list, or that it is empty.
#[cfg(any(feature = "importer", feature = "native"))]
fn or_none(list: String) -> String {
    if list.is_empty() { say::joints::none().into() } else { list }
}

/// Numbers of a shape, as they are written everywhere.
#[cfg(any(feature = "importer", feature = "native"))]
fn joined(numbers: &[impl ToString], between: &str) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
