//! A layer at once: its units as small pictures, drawn as one looks at them.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{Gallery, room as gallery, rows::Window};
use crate::page::{
    browser::canvas,
    parts::overlay::{self, Overlay},
    root::{picking, run},
    words,
};

/// Opens the layer's pictures.
#[component]
pub fn ShowLayer(room: Gallery) -> impl IntoView {
    let root = room.root;
    // The worker holds one classifier: the one of the run that is shown.
    let idle = move || {
        let classifier = root.classifier.get();
        let loaded = root.drawn.with(|run| run.as_ref().is_some_and(|run| run.classifier == classifier));
        !loaded || root.device.with(Option::is_none)
    };
    view! {
        <button type="button" class="show-layer" disabled=idle on:click=move |_| room.open.set(true)>
            {words::show_layer()}
        </button>
    }
}

/// The window onto a grid as it is now.
fn measured(grid: &HtmlElement, units: usize) -> Option<Window> {
    let style = window().get_computed_style(grid).ok()??;
    let columns = style.get_property_value("grid-template-columns").ok()?.split_whitespace().count();
    let gap: f64 = style.get_property_value("row-gap").ok()?.trim_end_matches("px").parse().unwrap_or_default();
    let tile: HtmlElement = grid.query_selector(".tile").ok()??.dyn_into().ok()?;
    let row = f64::from(tile.offset_height()) + gap;
    Some(Window::new(units, columns, row, f64::from(grid.scroll_top()), f64::from(grid.client_height())))
}

/// The layer's pictures, over the page.
#[component]
pub fn LayerView(room: Gallery) -> impl IntoView {
    let Gallery { root, open, drawing, .. } = room;
    let closed = Callback::new(move |()| gallery::close(room));
    move || {
        open.get().then(|| {
            let names: Arc<[String]> = untrack(|| root.listing()).into_iter().map(|class| words::class(&class)).collect();
            let units = names.len();
            let title = root.with_layer(|layer, entry| words::layer_of(layer, &entry.title)).unwrap_or_default();
            let grid = NodeRef::<leptos::html::Div>::new();
            let shown = RwSignal::new(Window::unmeasured(units));
            // The view may be closed before the browser comes to what waits for it.
            let there =
                move || grid.try_get_untracked().flatten().filter(|_| open.get_untracked());
            let look = move || {
                let Some(found) = there().and_then(|grid| measured(&grid, units)) else {
                    return;
                };
                if shown.get_untracked() != found {
                    shown.set(found);
                    // A tile that had the focus and is scrolled away leaves it to the grid, or no key would be heard.
                    request_animation_frame(move || {
                        let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
                        if let Some(grid) = there().filter(|_| lost) {
                            let _ = grid.focus();
                        }
                    });
                }
                gallery::order(room, found.first);
            };
            grid.on_load(move |_| request_animation_frame(look));
            let resized = window_event_listener(leptos::ev::resize, move |_| look());
            on_cleanup(move || resized.remove());
            let tiles = move || {
                let (from, to) = shown.with(|shown| shown.tiles);
                (from..to).filter_map(|index| Some((index, names.get(index)?.clone()))).collect::<Vec<_>>()
            };
            let space = move |below: bool| {
                let (above, beneath) = shown.with(|shown| shown.room);
                let height = if below { beneath } else { above };
                // Even an empty row has the grid's gap about it.
                (height > 0.0).then(|| view! { <div class="room" style:height=format!("calc({height}px - 0.5rem)")></div> })
            };
            let header = view! {
                <p role="status" prop:textContent=move || words::left(drawing.get())></p>
                <button type="button" class="quiet" on:click=move |_| gallery::stop(room)>{words::stop()}</button>
                <button type="button" class="quiet" on:click=move |_| gallery::save(room)>{words::save()}</button>
            };
            view! {
                <Overlay title header first=grid closed>
                    <div
                        class="tiles" tabindex="0" role="group" aria-label=words::neurons() node_ref=grid
                        on:scroll=move |_| look()
                    >
                        {move || space(false)}
                        <For each=tiles key=|(index, _)| *index children=move |(index, name)| view! { <Small room index name /> } />
                        {move || space(true)}
                    </div>
                </Overlay>
            }
        })
    }
}

/// One unit; a press picks and runs it.
#[component]
fn Small(room: Gallery, index: usize, name: String) -> impl IntoView {
    let root = room.root;
    let canvas = NodeRef::<leptos::html::Canvas>::new();
    let picture = gallery::tile(room, index);
    let drawn = picture.clone();
    Effect::new(move || {
        picture.with(|tile| {
            if let (Some(tile), Some(canvas)) = (tile, canvas.get()) {
                // A canvas that cannot be drawn on stays empty; the page has said why where it matters, at the large one.
                let _ = canvas::draw(&canvas, &tile.picture);
            }
        });
    });
    let choose = move |_| {
        overlay::close_for_run();
        gallery::close(room);
        picking::pick(root, index);
        run::run(root);
    };
    view! {
        <button type="button" class="tile" class:drawn=move || drawn.with(Option::is_some) on:click=choose>
            <canvas node_ref=canvas width="64" height="64" aria-hidden="true"></canvas>
            <span>{name}</span>
        </button>
    }
}
