//! A layer at once: its units as small pictures, drawn as one looks at them.

use leptos::prelude::*;

use crate::page::{actions, gallery, picking, state::State, words};

/// Opens the layer's pictures.
#[component]
pub fn ShowLayer(state: State) -> impl IntoView {
    // The worker holds one classifier: the one of the run that is shown.
    let idle = move || {
        let classifier = state.classifier.get();
        let loaded = state.drawn.with(|run| run.as_ref().is_some_and(|run| run.classifier == classifier));
        !loaded || state.device.with(Option::is_none)
    };
    view! {
        <button type="button" class="show-layer" disabled=idle on:click=move |_| state.browsing.set(true)>
            {words::SHOW_LAYER}
        </button>
    }
}

/// The layer's pictures, over the page.
#[component]
pub fn LayerView(state: State) -> impl IntoView {
    let close = move || {
        gallery::stop(state);
        state.browsing.set(false);
    };
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    move || {
        state.browsing.get().then(|| {
            let listing = state.listing();
            let title = state.with_layer(|layer, entry| words::layer_of(layer, &entry.title)).unwrap_or_default();
            let heading = title.clone();
            let grid = NodeRef::<leptos::html::Div>::new();
            grid.on_load(move |grid| {
                let _ = grid.focus();
                gallery::order(state, 0);
            });
            let scrolled = move |_| {
                if let Some(grid) = grid.get_untracked() {
                    gallery::order(state, first_in_sight(&grid));
                }
            };
            let tiles = listing.into_iter().enumerate().map(|(index, class)| {
                view! { <Tile state index name=class.name /> }
            });
            view! {
                <section class="layer-view" role="dialog" aria-modal="true" aria-label=title on:keydown=escape>
                    <header>
                        <h2>{heading}</h2>
                        <p role="status">{move || words::left(state.drawing.get())}</p>
                        <button type="button" class="quiet" on:click=move |_| gallery::stop(state)>{words::STOP}</button>
                        <button type="button" class="quiet" on:click=move |_| gallery::save(state)>{words::SAVE}</button>
                        <button type="button" class="quiet" on:click=move |_| close()>{words::CLOSE}</button>
                    </header>
                    <div class="tiles" tabindex="0" role="group" aria-label=words::NEURONS node_ref=grid on:scroll=scrolled>
                        {tiles.collect_view()}
                    </div>
                </section>
            }
        })
    }
}

/// One unit; a press picks and runs it.
#[component]
fn Tile(state: State, index: usize, name: String) -> impl IntoView {
    let canvas = NodeRef::<leptos::html::Canvas>::new();
    let picture = gallery::tile(state, index);
    Effect::new(move || {
        picture.with(|tile| {
            if let (Some(tile), Some(_)) = (tile, canvas.get()) {
                gallery::draw(canvas, &tile.picture);
            }
        });
    });
    let choose = move |_| {
        gallery::stop(state);
        state.browsing.set(false);
        picking::pick(state, index);
        actions::run(state);
    };
    view! {
        <button type="button" class="tile" class:drawn=move || picture.with(Option::is_some) on:click=choose>
            <canvas node_ref=canvas width="64" height="64" aria-hidden="true"></canvas>
            <span>{name}</span>
        </button>
    }
}

/// The first tile that can be seen.
fn first_in_sight(grid: &web_sys::HtmlElement) -> usize {
    let tiles = grid.children();
    let top = grid.scroll_top();
    let place = |index: u32| {
        use wasm_bindgen::JsCast;
        let tile: web_sys::HtmlElement = tiles.item(index)?.dyn_into().ok()?;
        Some(tile.offset_top() + tile.offset_height() - grid.offset_top())
    };
    // Tiles are in rows, so their lower edges never rise from one to the next.
    let (mut low, mut high) = (0, tiles.length());
    while low < high {
        let middle = u32::midpoint(low, high);
        if place(middle).is_some_and(|bottom| bottom <= top) { low = middle + 1 } else { high = middle }
    }
    low as usize
}
