//! Notices that are taken back once they are no longer true.

use leptos::prelude::*;

use super::state::Root;

/// The last notice that somebody has given.
#[derive(Debug, Clone, Copy)]
pub struct Alert {
    root: Root,
    said: StoredValue<String>,
}

impl Alert {
    /// None yet.
    pub fn new(root: Root) -> Self {
        Self { root, said: StoredValue::new(String::new()) }
    }

    /// Gives a notice.
    pub fn say(self, notice: String) {
        self.said.set_value(notice.clone());
        self.root.notice.set(Some(notice));
    }

    /// Takes it back; one that others have given since stays.
    pub fn take_back(self) {
        let is_its = |notice: &Option<String>| self.said.with_value(|said| notice.as_ref() == Some(said));
        if self.root.notice.with_untracked(is_its) {
            self.root.notice.set(None);
        }
    }
}
