//! A kept picture with its note, and how both come into the database and out of it.

use std::sync::Arc;

use js_sys::{Date, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, Url};

use super::facts::Facts;
use crate::page::browser::{
    language,
    notebook::{Failure, Place, Shelf},
};

/// Under which name a kept picture's file stands beside its facts.
const FILE: &str = "png";

/// A text that is kept as it is typed.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// It.
    pub text: RwSignal<String>,
    /// How often it was changed here, and after how many of these changes it was kept.
    pub changes: StoredValue<u32>,
    kept: StoredValue<u32>,
}

impl Text {
    pub fn new(text: String) -> Self {
        Self { text: RwSignal::new(text), changes: StoredValue::new(0), kept: StoredValue::new(0) }
    }

    pub fn changed(self) {
        self.changes.update_value(|changes| *changes += 1);
    }

    pub fn is_kept(self) -> bool {
        self.changes.get_value() == self.kept.get_value()
    }

    /// Takes what another page has kept, unless something else was typed here.
    pub fn take(self, text: &str) {
        if self.is_kept() && self.text.with_untracked(|own| own != text) {
            self.text.set(text.to_owned());
        }
    }

    pub async fn put(self, shelf: &Shelf, key: &str) -> Result<(), Failure> {
        let changes = self.changes.get_value();
        if !self.is_kept() {
            shelf.put(Place::Texts, key, &self.text.get_untracked().into()).await?;
            self.kept.set_value(changes);
        }
        Ok(())
    }
}

/// A kept picture.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its key, which no other has.
    pub key: String,
    /// What is known of it.
    pub facts: Arc<Facts>,
    /// Its file, the address that it has on this page, and its bytes.
    pub file: StoredValue<Blob, LocalStorage>,
    pub address: String,
    pub bytes: u64,
    /// What was noted on it.
    pub note: Text,
    /// Whether the browser keeps it, and not only this page.
    pub is_kept: RwSignal<bool>,
    /// Whether it was deleted here; it can be brought back as long as the page is open.
    pub is_deleted: RwSignal<bool>,
}

impl Kept {
    pub fn new(key: String, facts: Facts, file: Blob, is_kept: bool) -> Self {
        Self {
            key,
            facts: Arc::new(facts),
            address: Url::create_object_url_with_blob(&file).unwrap_or_default(),
            bytes: file.size() as u64,
            file: StoredValue::new_local(file),
            note: Text::new(String::new()),
            is_kept: RwSignal::new(is_kept),
            is_deleted: RwSignal::new(false),
        }
    }

    /// As it was kept; nothing where another version of the page has kept something else.
    pub fn read(key: &str, value: JsValue) -> Option<Self> {
        let file = Reflect::get(&value, &FILE.into()).ok()?.dyn_into().ok()?;
        let facts = serde_wasm_bindgen::from_value(value).ok()?;
        Some(Self::new(key.to_owned(), facts, file, true))
    }

    fn written(&self) -> Result<JsValue, JsValue> {
        let value = serde_wasm_bindgen::to_value(&*self.facts)?;
        self.file.with_value(|file| Reflect::set(&value, &FILE.into(), file))?;
        Ok(value)
    }

    pub async fn put(&self, shelf: &Shelf) -> Result<(), Failure> {
        if !self.is_kept.get_untracked() {
            shelf.put(Place::Pictures, &self.key, &self.written()?).await?;
            self.is_kept.set(true);
        }
        self.note.put(shelf, &self.key).await
    }

    /// When it was kept, for people.
    pub fn date(&self) -> String {
        let date = Date::new(&self.facts.date.into());
        date.to_locale_string(&language::tag(), &JsValue::UNDEFINED).into()
    }
}
