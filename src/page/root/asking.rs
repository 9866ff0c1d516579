//! Questions to the engine as awaited calls: an answer comes back to whoever asked, a refusal too, and a worker that ends
//! ends the questions that it has not answered.

use leptos::prelude::*;

use super::state::Root;
use crate::{
    engine::{
        EngineError,
        protocol::{Answer, Own, Question},
    },
    page::words,
    picture::{Guess, Picture, Pixels},
    spec::{RunSpec, Unit},
};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// No worker is ready to be asked.
    Nobody,
    /// The worker ended before it answered.
    Ended,
    /// The engine could not answer.
    Refused(EngineError),
}

/// What answers another question than the one asked comes from an engine of another build.
fn astray<T>() -> Result<T, Problem> {
    Err(Problem::Refused(EngineError::Renewed))
}

impl Root {
    /// Asks for the pictures of a run's first step, see [`Question::Look`].
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn look(self, spec: RunSpec, image: Option<Pixels>) -> Result<Vec<Picture>, Problem> {
        match self.ask(Question::Look { spec, image }).await? {
            Answer::Looked(pictures) => Ok(pictures),
            _ => astray(),
        }
    }

    /// Asks how strongly images excite units, see [`Question::Rank`].
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn rank(self, units: Vec<Unit>, images: Vec<Pixels>) -> Result<Vec<f32>, Problem> {
        match self.ask(Question::Rank { units, images }).await? {
            Answer::Ranked(activations) => Ok(activations),
            _ => astray(),
        }
    }

    /// Asks for the code that drew a step's picture, see [`Question::Code`]: the number of the run that it is of, and a file.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn code(self, step: u32) -> Result<(u32, Vec<u8>), Problem> {
        match self.ask(Question::Code { step }).await? {
            Answer::Code { run, json } => Ok((run, json)),
            _ => astray(),
        }
    }

    /// Asks what a network of the visitor's own sees in images, see [`Question::Classify`].
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn classify(self, network: Own, images: Vec<Pixels>) -> Result<Option<Vec<Vec<Guess>>>, Problem> {
        match self.ask(Question::Classify { network, images }).await? {
            Answer::Classified(seen) => Ok(seen),
            _ => astray(),
        }
    }

    /// Asks for a moving picture, see [`Question::Animate`]: a file.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn animate(self, frames: Vec<Pixels>) -> Result<Vec<u8>, Problem> {
        match self.ask(Question::Animate { frames }).await? {
            Answer::Animated(gif) => Ok(gif),
            _ => astray(),
        }
    }

    /// Asks the engine, whatever run goes on.
    async fn ask(self, question: Question) -> Result<Answer, Problem> {
        let ready = self.ready.get_untracked();
        let asked = self.inner.try_update_value(|inner| {
            let engine = inner.engine.as_mut().filter(|_| ready)?;
            Some(engine.ask(question))
        });
        match asked.flatten().ok_or(Problem::Nobody)?.await {
            Ok(answer) => answer.map_err(Problem::Refused),
            Err(_) => Err(Problem::Ended),
        }
    }

    /// Says why there is no answer. That the engine is gone has a reason, which is said already where there is one.
    pub fn tell(self, problem: Problem) {
        let message = match problem {
            Problem::Refused(error) => return self.notice.set(Some(words::failed(&error))),
            Problem::Nobody => words::nobody_to_ask(),
            Problem::Ended => words::not_answered(),
        };
        if self.notice.with_untracked(Option::is_none) {
            self.notice.set(Some(message.to_owned()));
        }
    }

    /// Takes back that there is no engine to ask, once there is one.
    pub(super) fn can_be_asked(self) {
        let is_gone = |notice: &str| [words::nobody_to_ask(), words::not_answered()].contains(&notice);
        if self.notice.with_untracked(|notice| notice.as_deref().is_some_and(is_gone)) {
            self.notice.set(None);
        }
    }
}
