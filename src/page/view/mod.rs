//! What a person sees, a component each; it reads like the page, from the left to the right.

mod controls;
mod finder;
mod more;
mod picture;
mod plot;
mod readings;

use controls::{Buttons, Intro};
use finder::Finder;
use leptos::prelude::*;
use more::More;
use picture::Hero;
use readings::Readings;

use super::{actions, state::State};

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let state = State::new();
    actions::open(state);
    view! {
        <main class="page">
            <Intro state />
            <section class="controls">
                <Finder state />
                <Buttons state />
            </section>
            <More state />
            <Hero state />
            <Readings state />
        </main>
    }
}
