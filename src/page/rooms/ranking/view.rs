//! The visitor's own pictures by how strongly they excite the neuron.

use leptos::{html, prelude::*};
use web_sys::{File, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::{Ranking, Room};
use crate::{
    page::{
        browser::{
            canvas,
            dropped::{self, Found},
            files::chosen_in,
        },
        root::run,
        words,
    },
    picture::Pixels,
};

/// The ways to the pictures, and the strongest of them; `part` is what opens and closes.
#[component]
pub fn Inside(room: Room, part: NodeRef<html::Details>) -> impl IntoView {
    let Room { root, ranking, .. } = room;
    let chosen = move |event: web_sys::Event, in_folder: bool| {
        let files = chosen_in(&event, u32::MAX);
        let files: Vec<File> =
            files.into_iter().filter(|file| !(in_folder && dropped::is_hidden(&file.name()))).collect();
        if !files.is_empty() {
            super::begin(room, Found { files, unread: Vec::new() });
        }
    };
    // The worker holds one classifier: the one of the run that is shown.
    let idle = move || {
        let _ = (root.classifier.get(), root.ready.get(), root.phase.get());
        !run::is_loaded(root)
    };
    let busy = Memo::new(move |_| ranking.with(Ranking::is_busy));
    let some = move || ranking.with(|ranking| ranking.total() > 0);
    let status = move || {
        ranking.with(|ranking| match ranking.found {
            Some(found) => words::looking_through(&found),
            None if ranking.total() > 0 => words::ranked(ranking.ranked(), ranking.total(), &ranking.refused),
            None => String::new(),
        })
    };
    // Drawn anew only when it changes, and not with every file that is read.
    let strongest = Memo::new(move |_| ranking.with(Ranking::strongest));
    let ranked = move || {
        let strongest = strongest.get();
        strongest
            .into_iter()
            .map(|(name, pixels, activation)| view! { <Ranked name pixels activation /> })
            .collect_view()
    };
    // Pictures may have been dropped where this is not seen, and it grows when the first of them are ranked.
    let grown = Memo::new(move |_| strongest.with(|strongest| !strongest.is_empty()));
    Effect::new(move || {
        if let (true, _, Some(part)) = (busy.get(), grown.get(), part.get_untracked()) {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            request_animation_frame(move || part.scroll_into_view_with_scroll_into_view_options(&options));
        }
    });
    view! {
        <>
            <p>{words::rank_explained()}</p>
            <div class="row">
                <label class="button" class:disabled=idle>
                    {words::rank_files()}
                    <input type="file" accept="image/*" multiple disabled=idle on:change=move |event| chosen(event, false) />
                </label>
                <label class="button" class:disabled=idle>
                    {words::rank_folder()}
                    <input type="file" prop:webkitdirectory=true disabled=idle on:change=move |event| chosen(event, true) />
                </label>
                <button
                    type="button" class="quiet" hidden=move || busy.get() || !some() disabled=idle
                    on:click=move |_| super::again(room)
                >{words::rank_again()}</button>
                <button type="button" class="quiet" hidden=move || !busy.get() on:click=move |_| super::cancel(room)>
                    {words::cancel()}
                </button>
            </div>
            <p role="status" prop:textContent=status></p>
            <ol>{ranked}</ol>
        </>
    }
}

/// One of the strongest.
#[component]
fn Ranked(name: String, pixels: Pixels, activation: f32) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    canvas.on_load(move |canvas| {
        // A canvas that cannot be drawn on stays empty.
        let _ = canvas::put(&canvas, [0, 0], [pixels.width, pixels.height], &pixels.rgba);
    });
    view! {
        <li>
            <canvas node_ref=canvas role="img" aria-label=name.clone() width=pixels.width height=pixels.height></canvas>
            <span class="number" translate="no" prop:textContent=words::number(activation)></span>
        </li>
    }
}
