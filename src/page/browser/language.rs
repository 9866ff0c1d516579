//! The visitor's language. `public/start.js` chooses it and fetches what is said in it, while the program is on its way; and
//! opens the page anew when another one is chosen.

use js_sys::Reflect;
use leptos::prelude::{document, window};
use wasm_bindgen::JsValue;

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

/// A text that start.js has fetched; empty where it has not.
fn told(name: &str) -> String {
    let all = Reflect::get(&window(), &"language".into()).unwrap_or(JsValue::NULL);
    Reflect::get(&all, &name.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
