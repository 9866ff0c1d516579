//! The way to the ranking; what is done there is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::{html, prelude::*};
use wasm_split_helpers::wasm_split;

use super::{Room, view::Inside};
use crate::page::{
    browser::dropped::Dropped,
    parts::{
        folded::Folded,
        later::{self, NotFetched, fetch},
    },
    root::run,
    words,
};

/// The ways to the pictures, and the strongest of them. What is dropped here is meant to be ranked, be it one picture.
#[component]
pub fn Rank(room: Room) -> impl IntoView {
    let (open, notice, part) = (room.open, room.root.notice, NodeRef::<html::Details>::new());
    let take = Callback::new(move |dropped| begin_with(room, dropped));
    view! { <Folded class="rank" title=words::rank() open notice part take fetch=fetch(move || inside(room, part)) /> }
}

/// Ranks the pictures that were dropped, those in folders and their folders too.
pub fn begin_with(room: Room, dropped: Vec<Dropped>) {
    if !run::is_loaded(room.root) {
        return room.alert.say(words::rank_later().into());
    }
    // So that one sees it coming.
    room.open.set(true);
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
