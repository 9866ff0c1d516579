//! Questions to the engine as awaited calls: an answer comes back to whoever asked, a refusal too, and a worker that ends
//! ends the questions that it has not answered.

use leptos::prelude::*;

use super::state::Root;
use crate::{
    engine::protocol::{Answer, Question},
    page::words,
};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No worker is ready to be asked.
    Nobody,
    /// The worker ended before it answered.
    Ended,
    /// The engine could not answer; a sentence.
    Refused(String),
}

impl Root {
    /// Asks the engine, whatever run goes on.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn ask(self, question: Question) -> Result<Answer, Problem> {
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
            Problem::Refused(message) => return self.notice.set(Some(message)),
            Problem::Nobody => words::NOBODY_TO_ASK,
            Problem::Ended => words::NOT_ANSWERED,
        };
        if self.notice.with_untracked(Option::is_none) {
            self.notice.set(Some(message.to_owned()));
        }
    }

    /// Takes back that there is no engine to ask, once there is one.
    pub(super) fn can_be_asked(self) {
        let is_gone = |notice: &str| [words::NOBODY_TO_ASK, words::NOT_ANSWERED].contains(&notice);
        if self.notice.with_untracked(|notice| notice.as_deref().is_some_and(is_gone)) {
            self.notice.set(None);
        }
    }
}
