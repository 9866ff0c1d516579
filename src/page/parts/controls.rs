//! The title, and the buttons that start and hold a run.

use leptos::prelude::*;

use crate::page::{
    browser::{language, site},
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
    let spoken = language::tag();
    let others = words::LANGUAGES.iter().filter(|(tag, _)| *tag != spoken);
    // start.js follows these: it knows the address at that moment.
    let link = |&(tag, name): &(&'static str, &'static str)| {
        view! {
            " "
            <a class="language" lang=tag hreflang=tag translate="no" href=format!("?lang={tag}")>{name}</a>
        }
    };
    let others = others.map(link).collect_view();
    view! {
        <header class="intro">
            <h1>{words::title()}</h1>
            <p>
                <span prop:textContent=move || sentence().0></span>
                <a href=words::PAPER_ADDRESS>{words::paper()}</a>
                <span prop:textContent=move || sentence().1></span>
                {others}
            </p>
        </header>
    }
}

/// In another page: the way from the part that is seen there to the whole.
#[component]
pub fn Whole(root: Root) -> impl IntoView {
    site::is_embedded().then(|| {
        view! {
            <p class="whole">
                <a target="_blank" rel="noopener" href=move || root.drawn.with(|_| site::whole_query())>{words::whole_page()}</a>
            </p>
        }
    })
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
        <button type="button" class="primary run" on:click=move |_| run::run(root)>{words::run()}</button>
        <div class="buttons">
            <button
                type="button" disabled=idle on:click=hold
                prop:textContent=move || if paused() { words::resume() } else { words::pause() }
            ></button>
            <button type="button" disabled=idle on:click=move |_| run::step(root)>{words::step()}</button>
            <button type="button" disabled=still on:click=move |_| run::stop(root)>{words::stop()}</button>
            {children()}
        </div>
    }
}
