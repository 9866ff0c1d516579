//! The engine's Web Worker, as the page holds it: sends [`Request`]s, hands on [`Event`]s, and ends with its handle; so do
//! the questions that it has not answered.
//!
//! `worker.js` keeps what is sent before the engine is up, so nobody here has to wait for it.

use std::collections::HashMap;

use futures_channel::oneshot;

use crate::{
    engine::{
        EngineError,
        protocol::{Answer, End, Event, Question, Request},
    },
    page::browser::{
        site,
        worker::{Greeting, Heard, Worker},
    },
};

/// An answer, or why there is none.
type Answered = Result<Answer, EngineError>;

/// A running worker. Dropping it ends the worker, whatever it is doing.
#[derive(Debug)]
pub struct Engine {
    worker: Worker,
    /// Number of the last question, and where the answers go.
    asked: u32,
    waiting: HashMap<u32, oneshot::Sender<Answered>>,
}

impl Greeting for Event {
    fn version(&self) -> Option<&str> {
        match self {
            Self::Hello { version } => Some(version),
            _ => None,
        }
    }
}

impl Engine {
    /// Starts a worker and listens to it. A worker that turns out to be of another build is heard as [`Event::Renewed`].
    ///
    /// # Errors
    /// [`End::NoWorker`].
    pub fn start(hear: impl Fn(Event) + Clone + 'static) -> Result<Self, End> {
        let worker = Worker::start("engine", site::program("engine"), move |heard| match heard {
            Heard::Event(event) => hear(event),
            Heard::Ended(end) => hear(Event::Ended(end)),
            Heard::Renewed | Heard::File(_) => hear(Event::Renewed),
        })?;
        Ok(Self { worker, asked: 0, waiting: HashMap::new() })
    }

    /// Sends a request. One that cannot be sent goes to a worker that is gone, which is told elsewhere.
    pub fn send(&self, request: &Request) {
        self.worker.send(request);
    }

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
