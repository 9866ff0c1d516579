//! Windows of the same page that talk with each other: a broadcast channel of the browser's.

use wasm_bindgen::{
    JsValue,
    prelude::{Closure, wasm_bindgen},
};
use web_sys::MessageEvent;

use super::site::in_own_folder;

#[wasm_bindgen]
extern "C" {
    /// What the browser has for it.
    #[derive(Debug, Clone)]
    type BroadcastChannel;
    #[wasm_bindgen(constructor, catch)]
    fn new(name: &str) -> Result<BroadcastChannel, JsValue>;
    #[wasm_bindgen(method, catch, js_name = postMessage)]
    fn post_message(this: &BroadcastChannel, message: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &BroadcastChannel, hear: &JsValue);
}

/// A channel on which this window speaks, and one on which it hears.
#[derive(Debug)]
pub struct Channel {
    speaks: BroadcastChannel,
    /// The browser lets go of one that nobody holds.
    _hears: BroadcastChannel,
}

impl Channel {
    /// Opens both by their names, among windows of this copy of the page; nothing where the browser has none.
    pub fn open(speaks: &str, hears: &str, hear: impl Fn(String) + 'static) -> Option<Self> {
        let open = |name: &str| BroadcastChannel::new(&in_own_folder(name)).ok();
        let (speaks, hears) = (open(speaks)?, open(hears)?);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                hear(text);
            }
        });
        hears.set_onmessage(&heard.into_js_value());
        Some(Self { speaks, _hears: hears })
    }

    /// Says a text to all other windows that hear it.
    pub fn say(&self, text: &str) {
        let _ = self.speaks.post_message(&text.into());
    }
}
