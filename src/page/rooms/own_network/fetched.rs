//! The way to networks of the visitor's own; what is done there is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::{ev::DragEvent, html, prelude::*, task::spawn_local};
use wasm_split_helpers::wasm_split;
use web_sys::File;

use super::{folder, room, state::OwnNetwork, view::Inside};
use crate::page::{
    browser::dropped::{self, Dropped},
    parts::{
        is_open,
        later::{Later, NotFetched, act, fetch},
    },
    words,
};

/// The way to a network, what is asked of it, and those that are there.
#[component]
pub fn Networks(room: OwnNetwork) -> impl IntoView {
    let OwnNetwork { root, open, .. } = room;
    let part = NodeRef::<html::Details>::new();
    // What is dropped here is meant to be a network, whatever its name.
    let over = RwSignal::new(false);
    let drop = move |event: DragEvent| {
        event.prevent_default();
        event.stop_propagation();
        over.set(false);
        if let Some(dropped) = dropped::of(&event).pop() {
            act(root, take(room, dropped));
        }
    };
    view! {
        <details
            node_ref=part class="own-network" class:over=over
            prop:open=move || open.get() on:toggle=move |event| open.set(is_open(&event))
            on:dragover=move |_| over.set(true) on:dragleave=move |_| over.set(false) on:drop=drop
        >
            <summary>{words::own_networks()}</summary>
            <Later wanted=open notice=root.notice fetch=fetch(move || inside(room, part)) />
        </details>
    }
}

/// Reads a file, in place of any that is open.
pub fn open(room: OwnNetwork, file: &File) {
    act(room.root, take(room, Dropped::File(file.clone())));
}

#[wasm_split(own_network, fallible)]
fn take(room: OwnNetwork, dropped: Dropped) -> Result<(), NotFetched> {
    match dropped {
        Dropped::File(file) => room::open(room, &file),
        folder => spawn_local(async move {
            let found = dropped::walk(vec![folder], |files| files < folder::MOST_FILES).await;
            folder::open(room, found.files);
        }),
    }
    Ok(())
}

#[wasm_split(own_network, fallible)]
fn inside(room: OwnNetwork, part: NodeRef<html::Details>) -> Result<AnyView, NotFetched> {
    Ok(view! { <Inside room part /> }.into_any())
}
