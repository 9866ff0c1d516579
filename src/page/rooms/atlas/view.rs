//! A layer's pictures as a wall, branch by branch. Each is a link to its run, and its sheet is fetched as it is seen.

use leptos::{ev, prelude::*};

use super::{Atlas, Drawn, sections::sections};
use crate::{
    pack::manifest::{COLUMNS, Class, Manifest},
    page::{
        browser::site,
        root::{neurons, picking, run},
        words,
    },
    spec::{EngineChoice, Unit, query},
};

/// Opens the wall of the layer that is listed; `rest` shows a layer of which nothing or not all was drawn beforehand.
#[component]
pub fn ShowAtlas(room: Atlas, #[prop(into)] rest: ViewFn) -> impl IntoView {
    let opener = move |name: String| {
        view! {
            <button type="button" class="show-atlas" on:click=move |_| room.open.set(true)>{name}</button>
        }
    };
    let drawn = Memo::new(move |_| room.of_layer());
    move || {
        let name = match drawn.get() {
            Drawn::Nothing => None,
            Drawn::Some(count) => Some(words::show_drawn(&count)),
            Drawn::All => Some(words::show_layer().to_owned()),
        };
        (name.map(opener), (drawn.get() != Drawn::All).then(|| rest.run()))
    }
}

/// The wall, over the page.
#[component]
pub fn Wall(room: Atlas) -> impl IntoView {
    let Atlas { root, open, .. } = room;
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
        }
    };
    move || {
        let pack = open.get().then(|| root.pack.get_untracked()).flatten()?;
        let (classifier, layer) = (root.classifier.get_untracked(), root.layer.get_untracked());
        let entry = pack.classifier(&classifier)?;
        let known = entry.layer(&layer)?;
        let (title, classes) = (words::layer_of(known, &entry.title), neurons::listing(known, entry));
        let heading = title.clone();
        let about = match untrack(|| room.of_layer()) {
            Drawn::Some(count) => words::atlas_of_some(&count, &known.units),
            _ => words::atlas().to_owned(),
        };
        let walls = sections(&classes).into_iter().map(|(path, units)| {
            let unit = |index: usize| tile(room, &pack, &classifier, &Unit::new(layer.clone(), index), &classes[index]);
            let tiles = units.into_iter().filter_map(unit).collect_view();
            let heading = path.iter().map(|name| words::kind(name)).collect::<Vec<_>>().join(" · ");
            view! { <div class="branch"><h3>{heading}</h3> <div class="wall">{tiles}</div></div> }
        });
        let walls = walls.collect_view();
        let wall = NodeRef::<leptos::html::Div>::new();
        wall.on_load(|wall| {
            let _ = wall.focus();
        });
        Some(view! {
            <section class="overlay" role="dialog" aria-modal="true" aria-label=title on:keydown=escape>
                <header>
                    <h2>{heading}</h2>
                    <p>{about}</p>
                    <button type="button" class="quiet" on:click=move |_| open.set(false)>{words::close()}</button>
                </header>
                <div class="walls" tabindex="0" role="group" aria-label=words::neurons() node_ref=wall>{walls}</div>
            </section>
        })
    }
}

/// One picture; a press picks and runs it here.
fn tile(room: Atlas, pack: &Manifest, classifier: &str, unit: &Unit, class: &Class) -> Option<impl IntoView + use<>> {
    let index = unit.index;
    let tile = pack.atlas(classifier)?.tile(&unit.layer, index)?;
    let run = query::write(&pack.default_run(classifier, unit.clone()), EngineChoice::Auto);
    let address = format!("?{}", site::with_own(&run));
    let [cell, image] = [pack.atlas_cell(), [pack.image.width, pack.image.height]];
    // The sheet is so many times as large as the picture, and so far moved.
    let share = |side: usize, count: usize| 100.0 * (count * cell[side]) as f64 / image[side] as f64;
    let frame = format!("aspect-ratio: {} / {}", image[0], image[1]);
    let moved =
        format!("width: {}%; left: -{}%; top: -{}%", share(0, COLUMNS), share(0, tile.column), share(1, tile.row));
    let press = move |event: ev::MouseEvent| {
        // Otherwise the browser opens the link elsewhere.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            choose(room, index);
        }
    };
    Some(view! {
        <a href=address on:click=press>
            <span class="picture" style=frame>
                <img src=room.address(&tile) alt="" loading="lazy" decoding="async" style=moved />
            </span>
            <span class="name">{words::class(class)}</span>
        </a>
    })
}

/// Picks a unit of the layer, and runs it where that loads nothing against the visitor's will.
fn choose(room: Atlas, index: usize) {
    room.open.set(false);
    picking::pick(room.root, index);
    if room.root.ready.get_untracked() || !site::saves_data() {
        run::run(room.root);
    }
}
