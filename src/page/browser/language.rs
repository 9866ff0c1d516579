//! The visitor's language. `public/start.js` chooses it and fetches what is said in it, while the program is on its way.

use js_sys::Reflect;
use leptos::prelude::{document, window};
use wasm_bindgen::JsValue;

use super::site;
use crate::page::words;

/// Has the page speak it.
pub fn begin() {
    words::speak(&text());
    words::name_classes(&told("classes"));
}

/// All that is said in it.
pub fn text() -> String {
    told("words")
}

/// Its tag.
pub fn tag() -> String {
    document().document_element().and_then(|html| html.get_attribute("lang")).unwrap_or_default()
}

/// Opens the page anew in another language, which is remembered where the browser allows that.
pub fn switch(tag: &str) {
    if let Ok(storage) = Reflect::get(&window(), &"localStorage".into()) {
        let _ = Reflect::set(&storage, &"language".into(), &tag.into());
    }
    site::go_to_in(tag);
}

/// A text that start.js has fetched; empty where it has not.
fn told(name: &str) -> String {
    let all = Reflect::get(&window(), &"language".into()).unwrap_or(JsValue::NULL);
    Reflect::get(&all, &name.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
