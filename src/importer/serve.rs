//! The worker's loop: takes files and [`Request`]s from the page, answers with [`Event`]s.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::{
    protocol::{Event, How, Refusal, Request, Way},
    reader::{Made, Reader},
    store,
};
use crate::{
    engine::protocol::End,
    import::{ImportError, MAX_FILE_BYTES},
    words::{self, Asked},
};

/// What comes from the page.
enum Message {
    File(Blob),
    Request(Request),
}

/// Starts the importer in the worker that this program runs in. Returns at once; the loop lives as long as the worker.
///
/// Called from anything but a dedicated worker it does nothing.
pub fn serve() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    std::panic::set_hook(Box::new({
        let scope = scope.clone();
        move |info| {
            console_error_panic_hook::hook(info);
            // Then worker.js names the reason.
            #[cfg(target_family = "wasm")]
            if crate::engine::is_exhausted() {
                return;
            }
            post(&scope, &Event::Ended(End::Fault { graphics: false }));
        }
    }));
    let (sender, inbox) = unbounded();
    let page = scope.clone();
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let message = match event.data().dyn_into::<Blob>() {
            Ok(file) => Message::File(file),
            Err(data) => match serde_wasm_bindgen::from_value::<Request>(data) {
                Ok(request) => Message::Request(request),
                // Only the page can send anything here, so it is one of another build.
                Err(_) => return post(&page, &Event::Renewed),
            },
        };
        let _ = sender.unbounded_send(message);
    });
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    spawn_local(attend(scope, inbox));
}

/// Sends an event to the page. A page that cannot take it is gone, and so soon is this worker.
fn post(scope: &DedicatedWorkerGlobalScope, event: &Event) {
    if let Ok(message) = serde_wasm_bindgen::to_value(event) {
        let _ = scope.post_message(&message);
    }
}

async fn attend(scope: DedicatedWorkerGlobalScope, mut inbox: UnboundedReceiver<Message>) {
    let (mut file, mut reader): (Option<Blob>, Option<Reader>) = (None, None);
    let (mut made, mut is_sent): (Option<Made>, bool) = (None, false);
    while let Ok(message) = inbox.recv().await {
        match message {
            Message::File(new) => file = Some(new),
            Message::Request(Request::Speak { text }) => words::speak(&text),
            Message::Request(Request::Read { number, how }) => {
                // Two networks at once may be too many.
                (reader, made, is_sent) = (None, None, false);
                match read(file.as_ref(), how).await {
                    Ok(read) => {
                        post(&scope, &Event::Found { number, found: read.found() });
                        reader = Some(read);
                    }
                    Err(Some(refusal)) => post(&scope, &Event::Refused { number, refusal }),
                    Err(None) => post(&scope, &Event::OutOfMemory),
                }
            }
            Message::Request(Request::Make { number, what }) => {
                let Some(reader) = &mut reader else { continue };
                match reader.make(what) {
                    Ok(new) => {
                        if !is_sent {
                            is_sent = send(&scope, reader.made()).is_ok();
                        }
                        if !is_sent {
                            post(&scope, &Event::OutOfMemory);
                            continue;
                        }
                        post(&scope, &Event::Made { number, json: new.json.clone() });
                        made = Some(new);
                    }
                    Err(said) => post(&scope, &Event::Unmade { number, said }),
                }
            }
            Message::Request(Request::Keep { number }) => {
                let (Some(reader), Some(Made { name, json })) = (&reader, &made) else { continue };
                let kept = store::keep(&scope, name, reader.made(), json).await;
                post(&scope, &Event::Kept { number, kept });
            }
        }
    }
}

/// Sends the file of weights to the page.
fn send(scope: &DedicatedWorkerGlobalScope, weights: &[u8]) -> Result<(), JsValue> {
    let parts = Array::of1(&Uint8Array::from(weights));
    let file = Blob::new_with_u8_array_sequence(&parts)?;
    scope.post_message(&file)
}

/// Reads the file; no refusal where there is no memory for that.
async fn read(file: Option<&Blob>, how: How) -> Result<Reader, Option<Refusal>> {
    let gone = || Some(Refusal { said: words::file_gone().into(), way: Way::None });
    let file = file.ok_or_else(gone)?;
    if file.size() > MAX_FILE_BYTES as f64 {
        let large = ImportError::Large { found: file.size() as usize };
        return Err(Some(Refusal { said: words::import(&large, Asked::InFields), way: Way::None }));
    }
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|error| {
        let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        let is_gone = matches!(name.as_deref(), Some("NotFoundError" | "NotReadableError"));
        if is_gone { gone() } else { None }
    })?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    // Twice the file is enough.
    drop(buffer);
    Reader::read(bytes, how).map_err(Some)
}
