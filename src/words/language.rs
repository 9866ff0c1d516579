//! The language that is spoken: its sentences, and how they are filled in. The page's programs hold none of them: the page
//! fetches those of its visitor, and tells them here. The command line and the tests speak English unless they say otherwise.

use std::{
    cell::Cell,
    fmt::{Display, Write},
};

/// The sentences of a language, in the order of [`say`](super::say).
type Sentences = &'static [&'static str];

thread_local! {
    static SPOKEN: Cell<Option<Sentences>> = const { Cell::new(None) };
}

/// Has this thread speak a language from now on, whose text this is.
pub fn speak(text: &str) {
    let sentences: Vec<&str> = sentences(Box::leak(text.into())).collect();
    SPOKEN.set(Some(Vec::leak(sentences)));
}

/// The sentences of a text.
pub(super) fn sentences(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter_map(|line| line.split_once(" = "))
        .filter(|(key, _)| !key.starts_with('#'))
        .map(|(_, said)| said)
}

/// A sentence as it stands in the language that is spoken.
pub(super) fn sentence(place: usize) -> &'static str {
    let spoken = SPOKEN.get().or_else(unasked);
    spoken.and_then(|sentences| sentences.get(place)).copied().unwrap_or_default()
}

#[cfg(any(feature = "native", test))]
fn unasked() -> Option<Sentences> {
    static ENGLISH: std::sync::OnceLock<Vec<&str>> = std::sync::OnceLock::new();
    Some(ENGLISH.get_or_init(|| sentences(include_str!("languages/en.txt")).collect()))
}

#[cfg(not(any(feature = "native", test)))]
fn unasked() -> Option<Sentences> {
    None
}

/// A sentence with what stands in its braces; `names` are the names of the values, each with a space behind it.
pub(super) fn filled(place: usize, names: &str, values: &[&dyn Display]) -> String {
    let (mut said, mut rest) = (String::new(), sentence(place));
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        said.push_str(before);
        if let Some(value) = names.split(' ').position(|known| known == name).and_then(|place| values.get(place)) {
            let _ = write!(said, "{value}");
        }
        rest = after;
    }
    said.push_str(rest);
    said
}
