//! The way into the notebook; what is done there is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::{prelude::*, task::spawn_local};
use wasm_split_helpers::wasm_split;
use web_sys::Blob;

use super::{facts::Facts, room, room::Room, view::Inside};
use crate::page::{
    parts::{
        folded::Folded,
        later::{NotFetched, act, fetch},
    },
    words,
};

/// Keeps the picture that is chosen, as it is when this is pressed.
#[component]
pub fn Keep(room: Room) -> impl IntoView {
    let root = room.root;
    let (is_there, disabled) = (StoredValue::new(false), move || root.reading.with(Option::is_none));
    let press = move |_| {
        let Some((facts, png)) = room::chosen(root) else { return };
        if !is_there.get_value() {
            root.status.set(words::fetching_part().into());
        }
        spawn_local(async move {
            match png.await {
                Ok(png) => act(root, async move {
                    let kept = keep(room, facts, png).await;
                    is_there.set_value(kept.is_ok());
                    if kept.is_err() {
                        root.status.set(String::new());
                    }
                    kept
                }),
                Err(_) => root.notice.set(Some(words::not_saved().into())),
            }
        });
    };
    view! { <button type="button" disabled=disabled on:click=press>{words::keep_in_notebook()}</button> }
}

/// All that is in it.
#[component]
pub fn Notebook(room: Room) -> impl IntoView {
    let (open, notice) = (room.open, room.root.notice);
    view! { <Folded class="notebook" title=words::notebook() open notice fetch=fetch(move || inside(room)) /> }
}

#[wasm_split(pictures, fallible)]
fn keep(room: Room, facts: Facts, png: Blob) -> Result<(), NotFetched> {
    room::keep(room, facts, png);
    Ok(())
}

#[wasm_split(pictures, fallible)]
fn inside(room: Room) -> Result<AnyView, NotFetched> {
    Ok(view! { <Inside room /> }.into_any())
}
