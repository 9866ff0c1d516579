//! A program of the site in a Web Worker, as the page holds it.

use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{Blob, MessageEvent, WorkerOptions, WorkerType};

use crate::engine::protocol::End;

/// What comes from a worker, whose events are `E`.
#[derive(Debug, Clone)]
pub enum Heard<E> {
    /// An event.
    Event(E),
    /// A file, as it is.
    File(Blob),
    /// The program is of another build than the page.
    Renewed,
    /// There is none, or no more.
    Ended(End),
}

/// What an event greets with: the version of the program, where it is the first event of all.
pub trait Greeting {
    /// That version.
    fn version(&self) -> Option<&str>;
}

/// A running worker. Dropping it ends the worker, whatever it is doing.
pub struct Worker(web_sys::Worker);

impl Worker {
    /// Starts a program by name (`worker.js` knows it) and listens to it; `bytes` and `version` are those of its file.
    ///
    /// # Errors
    /// [`End::NoWorker`].
    pub fn start<E: DeserializeOwned + Greeting>(
        program: &str,
        (bytes, version): (u64, String),
        hear: impl Fn(Heard<E>) + Clone + 'static,
    ) -> Result<Self, End> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("program", program)
            .append_pair("bytes", &bytes.to_string())
            .append_pair("version", &version)
            .finish();
        let worker = web_sys::Worker::new_with_options(&format!("worker.js?{query}"), &options);
        let worker = worker.map_err(|_| End::NoWorker)?;

        let hear_message = hear.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = match event.data().dyn_into::<Blob>() {
                Ok(file) => return hear_message(Heard::File(file)),
                Err(data) => data,
            };
            match serde_wasm_bindgen::from_value::<E>(data) {
                Ok(event) => match event.version() {
                    Some(found) if found != version => hear_message(Heard::Renewed),
                    Some(_) => {}
                    None => hear_message(Heard::Event(event)),
                },
                // What this page does not know is said by a program of another build: nobody else speaks here.
                Err(_) => hear_message(Heard::Renewed),
            }
        });
        // A script that does not arrive is a plain event; one that breaks later is an event with a message.
        let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            let started = event.has_type::<web_sys::ErrorEvent>();
            hear(Heard::Ended(if started { End::Unknown } else { End::NoWorker }));
        });
        // Given away to the browser's garbage collector, as a failure ends the worker from within these very functions.
        worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
        Ok(Self(worker))
    }

    /// Sends a request. One that cannot be sent goes to a worker that is gone, which is told elsewhere.
    pub fn send(&self, request: &impl Serialize) {
        let serializer = serde_wasm_bindgen::Serializer::new();
        if let Ok(message) = request.serialize(&serializer) {
            let _ = self.0.post_message(&message);
        }
    }

    /// Sends a file, as it is.
    pub fn send_file(&self, file: &Blob) {
        let _ = self.0.post_message(file);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.set_onmessage(None);
        self.0.set_onerror(None);
        self.0.terminate();
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Worker").field(&JsValue::from(&self.0)).finish()
    }
}
