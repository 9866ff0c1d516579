//! Lessons: ways through the page for a class, as data (`public/lessons/NAME.json`; `docs/lessons.md` says how one is
//! written). A lesson is steps, and a step is a run by its address, what is said of it in each language, what is highlighted
//! and hidden, what the page does when one comes and goes, what is to be seen, and a question. The page reads them
//! ([`Lesson::parse`]), `dgn lessons` checks them ([`Lesson::flaws`]).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::spec::{Catalogue, SpecError, query::Query};

/// Largest file of a lesson or of their list, in bytes.
pub const MAX_BYTES: u64 = 256 << 10;
/// Most steps of a lesson.
pub const MAX_STEPS: usize = 20;
/// Minutes that a lesson takes, least and most.
pub const MINUTES: (u32, u32) = (5, 10);
/// The language that is read where another one is missing.
const FALLBACK: &str = "en";

/// What can be highlighted or hidden; `src/page/rooms/lessons/style.css` says where each is on the page.
pub const PARTS: [&str; 19] = [
    "activation",
    "compare",
    "curve",
    "engine",
    "examples",
    "finder",
    "guesses",
    "layer",
    "more",
    "neuron",
    "own-network",
    "picture",
    "prior",
    "ranking",
    "receptive-field",
    "run",
    "seeds",
    "steps",
    "whose",
];

/// A text in each language, by the language's tag.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Text(BTreeMap<String, String>);

impl Text {
    /// The text in a language; in English where it is missing.
    pub fn of(&self, tag: &str) -> &str {
        self.0.get(tag).or_else(|| self.0.get(FALLBACK)).map_or("", String::as_str)
    }
}

/// A lesson in the list of them, as the build makes it (`tools/site.mjs`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Its name, which is its file's without `.json`.
    pub name: String,
    /// What it is called.
    pub title: Text,
    /// What it is about, in a sentence.
    pub about: Text,
    /// Minutes that it takes.
    pub minutes: u32,
}

/// A lesson.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Its place among the lessons, from 1 on.
    pub number: u32,
    /// What it is called.
    pub title: Text,
    /// What it is about, in a sentence.
    pub about: Text,
    /// Minutes that it takes.
    pub minutes: u32,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The run, as the query of an address without its `?`; where it is left out, that of the step before stays.
    pub run: Option<String>,
    /// What is said to those who learn.
    pub say: Text,
    /// What is said to whoever teaches.
    pub notes: Text,
    /// The [part](PARTS) of the page that is highlighted.
    pub highlight: Option<String>,
    /// The [parts](PARTS) that are hidden.
    #[serde(default)]
    pub hide: Vec<String>,
    /// What the page does when the step begins.
    #[serde(default)]
    pub enter: Vec<Act>,
    /// What the page does when it ends.
    #[serde(default)]
    pub leave: Vec<Act>,
    /// What is to be seen.
    pub expect: Option<Text>,
    /// A question.
    pub question: Option<Question>,
}

/// A question with answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub ask: Text,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The answer.
    pub say: Text,
    /// Whether it is right.
    #[serde(default)]
    pub right: bool,
    /// Why it is, or is not.
    pub because: Text,
}

/// What the page does by itself in a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Opens “More”.
    OpenMore,
    /// Closes “More”.
    CloseMore,
    /// Opens the ranking of the visitor's own pictures.
    OpenRanking,
    /// Closes it.
    CloseRanking,
    /// Opens the room for networks of the visitor's own.
    OpenOwnNetwork,
    /// Closes it.
    CloseOwnNetwork,
}

/// What is wrong with a lesson, as data.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum Flaw {
    /// It cannot be read.
    Unreadable {
        /// What the reader of JSON says.
        reason: String,
    },
    /// So many steps.
    Steps(usize),
    /// So many minutes.
    Minutes(u32),
    /// A text lacks a language, or is empty in it.
    Untold {
        /// Where it stands.
        place: Place,
        /// The language's tag.
        tag: String,
    },
    /// A text in a language that the page does not speak.
    Unspoken {
        /// Where it stands.
        place: Place,
        /// The language's tag.
        tag: String,
    },
    /// The first step has no run.
    NoRun,
    /// The run cannot be.
    Run {
        /// The step, from 1 on.
        step: usize,
        /// Why not.
        error: SpecError,
    },
    /// A run without the name of its pack, or with one that is not there.
    NoPack(usize),
    /// Keys of an address that mean nothing.
    Unknown {
        /// The step, from 1 on.
        step: usize,
        /// The keys.
        keys: Vec<String>,
    },
    /// No part of the page has this name.
    Part {
        /// The step, from 1 on.
        step: usize,
        /// The name.
        name: String,
    },
    /// What is highlighted is hidden.
    Hidden(usize),
    /// A question needs two answers or more.
    Answers(usize),
    /// None of the answers is right.
    NoneIsRight(usize),
}

/// Where a text stands: in which step, from 1 on, or before them, and under which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The step.
    pub step: Option<usize>,
    /// The key.
    pub key: &'static str,
}

impl Lesson {
    /// Reads a lesson, and holds it to what the page counts on: that it has steps.
    ///
    /// # Errors
    /// [`Flaw::Unreadable`], [`Flaw::Steps`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Flaw> {
        let lesson: Self =
            serde_json::from_slice(bytes).map_err(|error| Flaw::Unreadable { reason: error.to_string() })?;
        match lesson.steps.len() {
            1..=MAX_STEPS => Ok(lesson),
            steps => Err(Flaw::Steps(steps)),
        }
    }

    /// The run that a step shows: its own, or the last one before it.
    pub fn run_at(&self, step: usize) -> Option<&str> {
        self.steps.get(self.place_of_run(step)?)?.run.as_deref()
    }

    /// The step that a step has its run from, both counted from 0.
    pub fn place_of_run(&self, step: usize) -> Option<usize> {
        self.steps.iter().take(step + 1).rposition(|step| step.run.is_some())
    }

    /// All that is wrong with it, for whoever writes lessons: `tags` are the languages, and `pack` knows the packs by name.
    pub fn flaws<'a>(&self, tags: &[&str], pack: impl Fn(&str) -> Option<&'a dyn Catalogue>) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if !(MINUTES.0..=MINUTES.1).contains(&self.minutes) {
            flaws.push(Flaw::Minutes(self.minutes));
        }
        if self.run_at(0).is_none() {
            flaws.push(Flaw::NoRun);
        }
        for (place, text) in self.texts() {
            let said = |tag: &str| text.0.get(tag).is_some_and(|text| !text.trim().is_empty());
            let untold = tags.iter().filter(|tag| !said(tag));
            flaws.extend(untold.map(|tag| Flaw::Untold { place, tag: (*tag).to_owned() }));
            let unspoken = text.0.keys().filter(|tag| !tags.contains(&tag.as_str()));
            flaws.extend(unspoken.map(|tag| Flaw::Unspoken { place, tag: tag.clone() }));
        }
        for (place, step) in self.steps.iter().enumerate() {
            step.look(place + 1, &pack, &mut flaws);
        }
        flaws
    }

    /// Every text with its place.
    fn texts(&self) -> Vec<(Place, &Text)> {
        let mut texts = vec![("title", &self.title), ("about", &self.about)]
            .into_iter()
            .map(|(key, text)| (Place { step: None, key }, text))
            .collect::<Vec<_>>();
        for (index, step) in self.steps.iter().enumerate() {
            let mut put = |key, text| texts.push((Place { step: Some(index + 1), key }, text));
            put("say", &step.say);
            put("notes", &step.notes);
            step.expect.iter().for_each(|text| put("expect", text));
            if let Some(Question { ask, answers }) = &step.question {
                put("ask", ask);
                for Answer { say, because, .. } in answers {
                    put("answers", say);
                    put("because", because);
                }
            }
        }
        texts
    }
}

impl Step {
    /// What is wrong with it beside its texts.
    fn look<'a>(&self, step: usize, pack: &impl Fn(&str) -> Option<&'a dyn Catalogue>, flaws: &mut Vec<Flaw>) {
        match self.run.as_deref().map(Query::parse) {
            None => {}
            Some(Err(error)) => flaws.push(Flaw::Run { step, error }),
            Some(Ok(query)) => {
                if !query.unknown().is_empty() {
                    flaws.push(Flaw::Unknown { step, keys: query.unknown().to_vec() });
                }
                match query.pack().map(|name| name.and_then(pack)) {
                    Err(error) => flaws.push(Flaw::Run { step, error }),
                    Ok(None) => flaws.push(Flaw::NoPack(step)),
                    Ok(Some(pack)) => flaws.extend(query.run(pack).err().map(|error| Flaw::Run { step, error })),
                }
            }
        }
        let named = self.hide.iter().chain(&self.highlight);
        let unknown = named.filter(|name| !PARTS.contains(&name.as_str()));
        flaws.extend(unknown.map(|name| Flaw::Part { step, name: name.clone() }));
        if self.highlight.as_ref().is_some_and(|name| self.hide.contains(name)) {
            flaws.push(Flaw::Hidden(step));
        }
        if let Some(Question { answers, .. }) = &self.question {
            if answers.len() < 2 {
                flaws.push(Flaw::Answers(step));
            }
            if !answers.iter().any(|answer| answer.right) {
                flaws.push(Flaw::NoneIsRight(step));
            }
        }
    }
}

/// The file with the pictures of a step's run, side by side; it lies beside the lesson of this name, and `dgn lessons --draw` makes
/// it. Steps count from 0 here, and from 1 in the file's name.
pub fn picture_file(name: &str, step: usize) -> String {
    format!("{name}-{}.jpg", step + 1)
}

/// Whether a name can be a lesson's file and nothing more: an address must never reach out of `lessons/`.
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"number": 1, "title": {"en": "T", "zh": "题"}, "about": {"en": "A", "zh": "述"}, "minutes": 5,
        "steps": [{"run": "pack=p", "say": {"en": "S", "zh": "说"}, "notes": {"en": "N", "zh": "注"}},
                  {"say": {"en": "S2", "zh": "说"}, "notes": {"en": "N", "zh": "注"}}]}"#;

    fn flaws(text: &str) -> Vec<Flaw> {
        Lesson::parse(text.as_bytes()).unwrap().flaws(&["en", "zh"], |_| None)
    }

    #[test]
    fn a_step_without_a_run_keeps_the_one_before() {
        let lesson = Lesson::parse(PLAIN.as_bytes()).unwrap();
        assert_eq!((lesson.run_at(0), lesson.run_at(1)), (Some("pack=p"), Some("pack=p")));
        assert_eq!(lesson.steps[1].say.of("zh"), "说");
        assert_eq!(lesson.steps[1].say.of("fr"), "S2");
    }

    #[test]
    fn what_is_no_lesson_is_refused() {
        let refused = |text: &str| Lesson::parse(text.as_bytes()).unwrap_err();
        let more = PLAIN.replace(r#""steps": ["#, r#""more": [], "steps": ["#);
        assert!(matches!(refused(&more), Flaw::Unreadable { reason } if reason.contains("unknown field `more`")));
        assert!(matches!(refused("<html>"), Flaw::Unreadable { .. }));
        assert!(matches!(refused(&PLAIN.replace("notes", "note")), Flaw::Unreadable { .. }));
        let end = PLAIN.find("\"steps\"").unwrap();
        assert_eq!(refused(&format!("{}\"steps\": []}}", &PLAIN[..end])), Flaw::Steps(0));
    }

    #[test]
    fn every_flaw_is_found() {
        assert_eq!(flaws(PLAIN), [Flaw::NoPack(1)]);
        let with = |from: &str, to: &str| flaws(&PLAIN.replacen(from, to, 1)).remove(0);
        let place = |step, key| Place { step, key };
        assert_eq!(with(r#", "zh": "题""#, ""), Flaw::Untold { place: place(None, "title"), tag: "zh".into() });
        assert_eq!(with(r#""S""#, r#"" ""#), Flaw::Untold { place: place(Some(1), "say"), tag: "en".into() });
        assert_eq!(with(r#""zh": "注""#, r#""zh": "注", "xx": "x""#), {
            Flaw::Unspoken { place: place(Some(1), "notes"), tag: "xx".into() }
        });
        assert_eq!(with(": 5", ": 4"), Flaw::Minutes(4));
        assert_eq!(with(r#""run": "pack=p", "#, ""), Flaw::NoRun);
        let key = SpecError::Repeated { name: "seed".into() };
        assert_eq!(with("pack=p", "seed=1&seed=2"), Flaw::Run { step: 1, error: key });
        assert_eq!(with("pack=p", "neuron=3"), Flaw::Unknown { step: 1, keys: vec!["neuron".into()] });
        let second = |more: &str| {
            let text = PLAIN.replacen("pack=p", "pack=..", 1).replacen(r#"{"say""#, &format!(r#"{{{more}, "say""#), 1);
            flaws(&text).pop().unwrap()
        };
        assert_eq!(second(r#""highlight": "moon""#), Flaw::Part { step: 2, name: "moon".into() });
        assert_eq!(second(r#""highlight": "run", "hide": ["run"]"#), Flaw::Hidden(2));
        let text = r#"{"en": "x", "zh": "文"}"#;
        let answer = format!(r#"{{"say": {text}, "because": {text}}}"#);
        let question = |answers: &str| second(&format!(r#""question": {{"ask": {text}, "answers": [{answers}]}}"#));
        assert_eq!(question(&format!("{answer}, {answer}")), Flaw::NoneIsRight(2));
        assert_eq!(question(&answer.replacen('{', r#"{"right": true, "#, 1)), Flaw::Answers(2));
    }

    #[test]
    fn a_name_never_leaves_the_folder() {
        for bad in ["", "..", "a/b", "A", "a.json"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_name("seeds"));
    }
}
