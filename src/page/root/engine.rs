//! The engine's Web Worker, as the page holds it: sends [`Request`]s, hands on [`Event`]s, and ends with its handle; so do
//! the questions that it has not answered.
//!
//! `worker.js` keeps what is sent before the engine is up, so nobody here has to wait for it.

use std::collections::HashMap;

use futures_channel::oneshot;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::engine::{
    EngineError,
    protocol::{Answer, End, Event, Question, Request},
};

/// An answer, or why there is none.
type Answered = Result<Answer, EngineError>;

/// A running worker. Dropping it ends the worker, whatever it is doing.
pub struct Engine {
    worker: Worker,
    /// Number of the last question, and where the answers go.
    asked: u32,
    waiting: HashMap<u32, oneshot::Sender<Answered>>,
}

impl Engine {
    /// Starts a worker and listens to it. `bytes` and `version` are those of the engine's program; a worker that turns out
    /// to be of another build is heard as [`Event::Renewed`].
    ///
    /// # Errors
    /// [`End::NoWorker`].
    pub fn start(bytes: u64, version: String, hear: impl Fn(Event) + Clone + 'static) -> Result<Self, End> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("bytes", &bytes.to_string())
            .append_pair("version", &version)
            .finish();
        let worker = Worker::new_with_options(&format!("worker.js?{query}"), &options);
        let worker = worker.map_err(|_| End::NoWorker)?;

        let hear_message = hear.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match serde_wasm_bindgen::from_value(event.data()) {
                Ok(Event::Hello { version: found }) if found == version => {}
                // What this page does not know is said by an engine of another build: nobody else speaks here.
                Ok(Event::Hello { .. }) | Err(_) => hear_message(Event::Renewed),
                Ok(event) => hear_message(event),
            }
        });
        // A script that does not arrive is a plain event; one that breaks later is an event with a message.
        let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            let started = event.has_type::<web_sys::ErrorEvent>();
            hear(Event::Ended(if started { End::Unknown } else { End::NoWorker }));
        });
        // Given away to the browser's garbage collector, as a failure ends the worker from within these very functions.
        worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
        Ok(Self { worker, asked: 0, waiting: HashMap::new() })
    }

    /// Sends a request. One that cannot be sent goes to a worker that is gone, which is told elsewhere.
    pub fn send(&self, request: &Request) {
        let serializer = serde_wasm_bindgen::Serializer::new();
        if let Ok(message) = request.serialize(&serializer) {
            let _ = self.worker.post_message(&message);
        }
    }
}

impl Engine {
    /// Asks, whatever run goes on. Where nothing comes, the worker ended before it answered.
    pub fn ask(&mut self, question: Question) -> oneshot::Receiver<Answered> {
        self.asked = self.asked.wrapping_add(1);
        let (sender, receiver) = oneshot::channel();
        self.waiting.insert(self.asked, sender);
        self.send(&Request::Ask { number: self.asked, question });
        receiver
    }

    /// Hands an answer to whoever asked; who has given up is not told.
    pub fn answered(&mut self, number: u32, answer: Answered) {
        if let Some(asked) = self.waiting.remove(&number) {
            let _ = asked.send(answer);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("worker", &JsValue::from(&self.worker)).finish()
    }
}
