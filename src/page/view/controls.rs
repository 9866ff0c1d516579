//! The title, and the buttons that start and hold a run.

use leptos::prelude::*;

use crate::page::{
    actions, beside, saving,
    settings::Settings,
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
    let compares = move || state.settings.with(|settings| settings.as_ref().is_some_and(Settings::is_compared));
    let empty = move || state.reading.with(Option::is_none);
    view! {
        <button type="button" class="primary run" on:click=move |_| actions::run(state)>{words::RUN}</button>
        <div class="buttons">
            <button type="button" disabled=idle on:click=hold>
                {move || if paused() { words::RESUME } else { words::PAUSE }}
            </button>
            <button type="button" disabled=idle on:click=move |_| actions::step(state)>{words::STEP}</button>
            <button type="button" disabled=idle on:click=move |_| actions::stop(state)>{words::STOP}</button>
            <button type="button" class="save" disabled=empty on:click=move |_| saving::picture(state)>
                {words::SAVE}
            </button>
            <Saves state />
            <button type="button" class="copy" on:click=move |_| actions::copy_link(state)>
                {words::COPY_LINK}
            </button>
            <button type="button" class="compare" on:click=move |_| beside::compare(state)>
                {move || if compares() { words::COMPARE_NO_MORE } else { words::COMPARE }}
            </button>
            <button type="button" class="whose" on:click=move |_| beside::ask_whose_picture(state)>{words::WHOSE}</button>
        </div>
    }
}

/// What can be saved beside the picture.
#[component]
fn Saves(state: State) -> impl IntoView {
    let empty = move || state.reading.with(Option::is_none);
    let single = move || state.lanes() < 2;
    let details = NodeRef::<leptos::html::Details>::new();
    let choose = move |save: fn(State)| {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
        save(state);
    };
    view! {
        <details class="saves" node_ref=details>
            <summary>{words::SAVE_MORE}</summary>
            <div>
                <button type="button" disabled=empty on:click=move |_| choose(saving::animation)>
                    {words::SAVE_ANIMATION}
                </button>
                <button type="button" disabled=empty on:click=move |_| choose(saving::code)>{words::SAVE_CODE}</button>
                <button type="button" disabled=single on:click=move |_| choose(saving::sheet)>{words::SAVE_SHEET}</button>
            </div>
        </details>
    }
}
