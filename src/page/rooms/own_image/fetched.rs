//! What of the room is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::{room::OwnImage, view};
use crate::{
    page::parts::later::{Later, NotFetched, fetch},
    spec::Start,
};

/// The ways to a picture, and the two pictures.
#[component]
pub fn Chooser(room: OwnImage) -> impl IntoView {
    let (root, wanted) = (room.root, RwSignal::new(false));
    let is_start = Memo::new(move |_| root.with_settings(|settings| settings.run.start) == Some(Start::Image));
    // It is under “More”, and asked for each time that is opened.
    Effect::new(move || wanted.set(is_start.get() && root.more.get()));
    view! { <Later wanted notice=root.notice fetch=fetch(move || chooser(room)) /> }
}

#[wasm_split(pictures, fallible)]
fn chooser(room: OwnImage) -> Result<AnyView, NotFetched> {
    Ok(view! { <view::Chooser room /> }.into_any())
}
