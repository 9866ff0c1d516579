//! The networks of the visitor's own, and the way to another one.

use leptos::{html, prelude::*};
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::{
    folder,
    form::Form,
    room,
    state::{OwnNetwork, Seen, Stage},
    taking,
};
use crate::page::{
    browser::files::{chosen, chosen_in},
    root::OwnNetwork as Owned,
    words,
};

/// The way to a network, what is asked of it, and those that are there; `part` is what opens and closes.
#[component]
pub fn Inside(room: OwnNetwork, part: NodeRef<html::Details>) -> impl IntoView {
    let OwnNetwork { root, stage, problem, found, seen, .. } = room;
    room::follow(room);
    let take = move |event: web_sys::Event| {
        if let Some(file) = chosen(&event) {
            room::open(room, &file);
        }
    };
    let take_folder = move |event: web_sys::Event| {
        let files = chosen_in(&event, folder::MOST_FILES as u32);
        if !files.is_empty() {
            folder::open(room, files);
        }
    };
    // It stays while a file is read once more, and what has the focus with it.
    let has_file = Memo::new(move |_| stage.get() != Stage::Empty);
    let status = move || match stage.get() {
        Stage::Reading => words::reading_network(),
        Stage::Keeping => words::keeping_network(),
        Stage::Empty | Stage::Asking => "",
    };
    // A file may have been dropped where this is not seen.
    let shown = Memo::new(move |_| {
        (stage.get(), found.with(Option::is_some), seen.with(|seen| matches!(seen, Seen::Classes(_))))
    });
    Effect::new(move || {
        if let ((Stage::Reading | Stage::Asking, ..), Some(part)) = (shown.get(), part.get_untracked()) {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            request_animation_frame(move || part.scroll_into_view_with_scroll_into_view_options(&options));
        }
    });
    let list = move || root.own.get().into_iter().map(|own| view! { <One room own /> }).collect_view();
    view! {
        <>
            <p>{words::own_network_explained()}</p>
            <div class="row">
                <label class="button">
                    {words::open_network()}
                    <input type="file" accept=".onnx,.pth,.pt,.safetensors" on:change=take />
                </label>
                <label class="button">
                    {words::open_pack_folder()}
                    <input type="file" prop:webkitdirectory=true on:change=take_folder />
                </label>
            </div>
            <p role="status" prop:textContent=status></p>
            <p class="problem" role="alert" prop:textContent=move || problem.get().unwrap_or_default()></p>
            {move || has_file.get().then(|| view! { <Form room /> })}
            <ul hidden=move || root.own.with(Vec::is_empty)>{list}</ul>
        </>
    }
}

/// One of those that are there.
#[component]
fn One(room: OwnNetwork, own: Owned) -> impl IntoView {
    let Owned { name, title, bytes, is_kept, .. } = own.clone();
    let fits = {
        let name = name.clone();
        Memo::new(move |_| {
            room.root.pack.with(|pack| pack.as_ref().is_some_and(|pack| pack.classifier(&name).is_some()))
        })
    };
    let (use_label, delete_label) = (words::use_network(&title), words::delete(&title));
    view! {
        <li>
            <div>
                <p class="name" prop:textContent=title></p>
                <p prop:textContent=move || words::own_network(bytes, is_kept, fits.get())></p>
            </div>
            <div class="row">
                <button
                    type="button" class="quiet" aria-label=use_label disabled=move || !fits.get()
                    on:click=move |_| taking::choose(room, &name)
                >{words::use_again()}</button>
                <button
                    type="button" class="quiet" aria-label=delete_label on:click=move |_| taking::delete(room, own.clone())
                >{words::delete_button()}</button>
            </div>
        </li>
    }
}
