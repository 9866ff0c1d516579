//! The title, and the buttons that start and hold a run.

use leptos::prelude::*;

use crate::page::{
    root::{Phase, Root, run},
    words,
};

/// What the page is about, in two sentences.
#[component]
pub fn Intro(root: Root) -> impl IntoView {
    let sentence = move || {
        let neurons = root.with_entry(|entry| (entry.classes.len(), entry.title.clone()));
        words::intro(neurons.as_ref().map(|(count, title)| (*count, title.as_str())))
    };
    view! {
        <header class="intro">
            <h1>{words::TITLE}</h1>
            <p><span prop:textContent=sentence></span> <a href=words::PAPER_ADDRESS>{words::PAPER}</a> "."</p>
        </header>
    }
}

/// The buttons: those of the run, and behind them others'.
#[component]
pub fn Buttons(root: Root, children: Children) -> impl IntoView {
    let idle = move || !root.phase.get().has_run();
    // What is on its way to a run can be stopped too.
    let still = move || idle() && root.phase.get() != Phase::Loading;
    let paused = move || root.phase.get() == Phase::Paused;
    let hold = move |_| {
        if paused() { run::resume(root) } else { run::pause(root) }
    };
    view! {
        <button type="button" class="primary run" on:click=move |_| run::run(root)>{words::RUN}</button>
        <div class="buttons">
            <button
                type="button" disabled=idle on:click=hold
                prop:textContent=move || if paused() { words::RESUME } else { words::PAUSE }
            ></button>
            <button type="button" disabled=idle on:click=move |_| run::step(root)>{words::STEP}</button>
            <button type="button" disabled=still on:click=move |_| run::stop(root)>{words::STOP}</button>
            {children()}
        </div>
    }
}
