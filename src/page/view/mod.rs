//! What a person sees, a component each; it reads like the page, from the left to the right.

mod choice;
mod controls;
mod examples;
mod finder;
mod layer;
mod more;
mod own_image;
mod picture;
mod plot;
mod ranking;
mod readings;
mod receptive_field;
mod units;

use controls::{Buttons, Intro};
use finder::Finder;
use layer::LayerView;
use leptos::{ev::DragEvent, prelude::*};
use more::More;
use picture::Hero;
use ranking::Rank;
use readings::Readings;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::{dropped, opening, state::State};

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let state = State::new();
    opening::watch_examples(state);
    opening::open(state);
    let over = move |event: DragEvent| event.prevent_default();
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        opening::take_dropped(state, dropped::of(&event));
    };
    let pasted = window_event_listener(leptos::ev::paste, move |event| {
        let files = event.clipboard_data().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            event.prevent_default();
            opening::restore(state, file);
        }
    });
    on_cleanup(move || pasted.remove());
    view! {
        <main class="page" on:dragover=over on:drop=dropped>
            <Intro state />
            <section class="controls">
                <Finder state />
                <Buttons state />
            </section>
            <div class="extras">
                <More state />
                <Rank state />
            </div>
            <Hero state />
            <Readings state />
            <LayerView state />
        </main>
    }
}

/// Whether the part that a person opens and closes, and whose event this is, is open now.
fn is_open(event: &Event) -> bool {
    let details = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    details.is_some_and(|details| details.has_attribute("open"))
}
