//! The way to the ranking; what is done there is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::{ev::DragEvent, html, prelude::*};
use wasm_split_helpers::wasm_split;

use super::{Room, view::Inside};
use crate::page::{
    browser::dropped::{self, Dropped},
    parts::{
        is_open,
        later::{self, Later, NotFetched, fetch},
    },
    words,
};

/// The ways to the pictures, and the strongest of them.
#[component]
pub fn Rank(room: Room) -> impl IntoView {
    let (open, part) = (room.open, NodeRef::<html::Details>::new());
    // What is dropped here is meant to be ranked, be it one picture.
    let over = RwSignal::new(false);
    let drop = move |event: DragEvent| {
        event.prevent_default();
        event.stop_propagation();
        over.set(false);
        let dropped = dropped::of(&event);
        if !dropped.is_empty() {
            begin_with(room, dropped);
        }
    };
    view! {
        <details
            node_ref=part class="rank" class:over=over prop:open=move || open.get() on:toggle=move |event| open.set(is_open(&event))
            on:dragover=move |_| over.set(true) on:dragleave=move |_| over.set(false) on:drop=drop
        >
            <summary>{words::rank()}</summary>
            <Later wanted=open notice=room.root.notice fetch=fetch(move || inside(room, part)) />
        </details>
    }
}

/// Ranks the pictures that were dropped, those in folders and their folders too.
pub fn begin_with(room: Room, dropped: Vec<Dropped>) {
    later::act(room.root, rank(room, dropped));
}

#[wasm_split(pictures, fallible)]
fn rank(room: Room, dropped: Vec<Dropped>) -> Result<(), NotFetched> {
    super::rank(room, dropped);
    Ok(())
}

#[wasm_split(pictures, fallible)]
fn inside(room: Room, part: NodeRef<html::Details>) -> Result<AnyView, NotFetched> {
    Ok(view! { <Inside room part /> }.into_any())
}
