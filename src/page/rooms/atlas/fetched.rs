//! What of the room is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::{Atlas, view};
use crate::page::parts::later::{Later, NotFetched, fetch};

/// The wall, over the page.
#[component]
pub fn Wall(room: Atlas) -> impl IntoView {
    view! { <Later wanted=room.open notice=room.root.notice fetch=fetch(move || wall(room)) is_over=true /> }
}

#[wasm_split(pictures, fallible)]
fn wall(room: Atlas) -> Result<AnyView, NotFetched> {
    Ok(view! { <view::Wall room /> }.into_any())
}
