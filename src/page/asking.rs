//! Questions to the engine as awaited calls: an answer comes back to whoever asked, a refusal too, and a worker that ends
//! ends the questions that it has not answered.

use futures_channel::oneshot;
use leptos::prelude::*;

use super::{state::State, words};
use crate::engine::protocol::{Answer, Question, Request};

/// Where an answer goes.
pub type Asked = oneshot::Sender<Result<Answer, String>>;

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

/// Asks the engine, whatever run goes on.
///
/// # Errors
/// [`Problem`].
pub async fn ask(state: State, question: Question) -> Result<Answer, Problem> {
    let number = next_number(state);
    let answer = state.inner.try_update_value(|inner| {
        let engine = inner.engine.as_ref().filter(|_| inner.ready)?;
        engine.send(&Request::Ask { number, question });
        let (sender, receiver) = oneshot::channel();
        inner.asked.insert(number, sender);
        Some(receiver)
    });
    match answer.flatten().ok_or(Problem::Nobody)?.await {
        Ok(answer) => answer.map_err(Problem::Refused),
        Err(oneshot::Canceled) => Err(Problem::Ended),
    }
}

/// Hands an answer to whoever asked; who has given up is not told.
pub fn answered(state: State, number: u32, answer: Result<Answer, String>) {
    let asked = state.inner.try_update_value(|inner| inner.asked.remove(&number));
    if let Some(Some(asked)) = asked {
        let _ = asked.send(answer);
    }
}

/// Says why there is no answer. That the engine is gone has a reason, which is said already where there is one.
pub fn tell(state: State, problem: Problem) {
    let message = match problem {
        Problem::Refused(message) => return state.notice.set(Some(message)),
        Problem::Nobody => words::NOBODY_TO_ASK,
        Problem::Ended => words::NOT_ANSWERED,
    };
    if state.notice.with_untracked(Option::is_none) {
        state.notice.set(Some(message.to_owned()));
    }
}

/// A number that no other question, and nothing else that is waited for, has.
pub fn next_number(state: State) -> u32 {
    let number = state.inner.try_update_value(|inner| {
        inner.aside = inner.aside.wrapping_add(1);
        inner.aside
    });
    number.unwrap_or_default()
}
