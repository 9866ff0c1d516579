//! What of the room is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::{Gallery, view};
use crate::page::parts::later::{Later, NotFetched, fetch};

/// The layer's pictures, over the page.
#[component]
pub fn LayerView(room: Gallery) -> impl IntoView {
    view! { <Later wanted=room.open notice=room.root.notice fetch=fetch(move || layer(room)) is_over=true /> }
}

#[wasm_split(pictures, fallible)]
fn layer(room: Gallery) -> Result<AnyView, NotFetched> {
    Ok(view! { <view::LayerView room /> }.into_any())
}
