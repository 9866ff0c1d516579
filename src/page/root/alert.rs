//! Notices that are taken back once they are no longer true.

use leptos::prelude::*;

use super::state::Root;
use crate::page::words;

/// The last notice that somebody has given.
#[derive(Debug, Clone, Copy)]
pub struct Alert {
    root: Root,
    said: StoredValue<String>,
    /// What others had said, where that stands beside it.
    before: StoredValue<Option<String>>,
}

impl Alert {
    /// None yet.
    pub fn new(root: Root) -> Self {
        Self { root, said: StoredValue::new(String::new()), before: StoredValue::new(None) }
    }

    /// Gives a notice, in place of any other.
    pub fn say(self, notice: String) {
        self.put(None, notice);
    }

    /// Gives a notice; what others have said stays beside it.
    pub fn add(self, notice: String) {
        self.take_back();
        match self.root.notice.get_untracked() {
            Some(before) => self.put(Some(before.clone()), words::sentences(&[before, notice])),
            None => self.put(None, notice),
        }
    }

    fn put(self, before: Option<String>, notice: String) {
        self.before.set_value(before);
        self.said.set_value(notice.clone());
        self.root.notice.set(Some(notice));
    }

    /// Takes it back; what others have said stays.
    pub fn take_back(self) {
        let is_its = |notice: &Option<String>| self.said.with_value(|said| notice.as_ref() == Some(said));
        if self.root.notice.with_untracked(is_its) {
            self.root.notice.set(self.before.get_value());
        }
    }
}
