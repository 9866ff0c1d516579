//! The way to networks of the visitor's own; what is done there is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::{html, prelude::*, task::spawn_local};
use wasm_split_helpers::wasm_split;
use web_sys::File;

use super::{folder, room, state::OwnNetwork, view::Inside};
use crate::page::{
    browser::dropped::{self, Dropped},
    parts::{
        folded::Folded,
        later::{NotFetched, act, fetch},
    },
    words,
};

/// The way to a network, what is asked of it, and those that are there. What is dropped here is meant to be a network, whatever its
/// name.
#[component]
pub fn Networks(room: OwnNetwork) -> impl IntoView {
    let (open, notice, part) = (room.open, room.root.notice, NodeRef::<html::Details>::new());
    let dropped = Callback::new(move |mut dropped: Vec<Dropped>| {
        if let Some(dropped) = dropped.pop() {
            begin(room, dropped);
        }
    });
    let (title, fetch) = (words::own_networks(), fetch(move || inside(room, part)));
    view! { <Folded class="own-network" title open notice part take=dropped fetch /> }
}

/// Reads a file, in place of any that is open.
pub fn open(room: OwnNetwork, file: &File) {
    begin(room, Dropped::File(file.clone()));
}

fn begin(room: OwnNetwork, dropped: Dropped) {
    // So that one sees it coming.
    room.open.set(true);
    act(room.root, take(room, dropped));
}

#[wasm_split(own_network, fallible)]
fn take(room: OwnNetwork, dropped: Dropped) -> Result<(), NotFetched> {
    // Another file's part may not have come, and have closed it.
    room.open.set(true);
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
