//! The title, and the buttons that start and hold a run.

use leptos::prelude::*;

use crate::page::{
    actions, frames,
    state::{Phase, State},
    words,
};

/// What the page is about, in two sentences.
#[component]
pub fn Intro(state: State) -> impl IntoView {
    let sentence = move || {
        let neurons = state.with_entry(|entry| (entry.classes.len(), entry.title.clone()));
        words::intro(neurons.as_ref().map(|(count, title)| (*count, title.as_str())))
    };
    view! {
        <header class="intro">
            <h1>{words::TITLE}</h1>
            <p>{sentence} <a href=words::PAPER_ADDRESS>{words::PAPER}</a> "."</p>
        </header>
    }
}

/// The buttons.
#[component]
pub fn Buttons(state: State) -> impl IntoView {
    let idle = move || !state.phase.get().has_run();
    let paused = move || state.phase.get() == Phase::Paused;
    let hold = move |_| {
        if paused() { actions::resume(state) } else { actions::pause(state) }
    };
    let compares =
        move || state.settings.with(|settings| settings.as_ref().is_some_and(|settings| !settings.compare.is_empty()));
    let empty = move || state.reading.with(Option::is_none);
    view! {
        <button type="button" class="primary run" on:click=move |_| actions::run(state)>{words::RUN}</button>
        <div class="buttons">
            <button type="button" disabled=idle on:click=hold>
                {move || if paused() { words::RESUME } else { words::PAUSE }}
            </button>
            <button type="button" disabled=idle on:click=move |_| actions::step(state)>{words::STEP}</button>
            <button type="button" disabled=idle on:click=move |_| actions::stop(state)>{words::STOP}</button>
            <button type="button" class="save" disabled=empty on:click=move |_| frames::save(state)>
                {words::SAVE}
            </button>
            <button type="button" class="copy" on:click=move |_| actions::copy_link(state)>
                {words::COPY_LINK}
            </button>
            <button type="button" class="compare" on:click=move |_| actions::compare(state)>
                {move || if compares() { words::COMPARE_NO_MORE } else { words::COMPARE }}
            </button>
        </div>
    }
}
