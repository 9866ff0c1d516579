//! The way into the notebook; what is done there is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::{room, room::Room, view::Inside};
use crate::page::{
    parts::{
        is_open,
        later::{Later, NotFetched, act, fetch},
    },
    words,
};

/// Keeps the picture that is chosen.
#[component]
pub fn Keep(room: Room) -> impl IntoView {
    let empty = move || room.root.reading.with(Option::is_none);
    view! {
        <button type="button" disabled=empty on:click=move |_| act(room.root, keep(room))>
            {words::keep_in_notebook()}
        </button>
    }
}

/// All that is in it.
#[component]
pub fn Notebook(room: Room) -> impl IntoView {
    view! {
        <details
            class="notebook" prop:open=move || room.open.get() on:toggle=move |event| room.open.set(is_open(&event))
        >
            <summary>{words::notebook()}</summary>
            <Later wanted=room.open notice=room.root.notice fetch=fetch(move || inside(room)) />
        </details>
    }
}

#[wasm_split(pictures, fallible)]
fn keep(room: Room) -> Result<(), NotFetched> {
    room::keep(room);
    Ok(())
}

#[wasm_split(pictures, fallible)]
fn inside(room: Room) -> Result<AnyView, NotFetched> {
    Ok(view! { <Inside room /> }.into_any())
}
