//! The page put together: the only place that knows the rooms. It reads like the page, from the left to the right.

use leptos::{either::Either, ev::DragEvent, prelude::*, task::spawn_local};
use web_sys::File;

use super::{
    browser::{
        dropped::{self, Dropped},
        site,
    },
    parts::{
        controls::{Buttons, Intro, Whole},
        finder::Finder,
        more::More,
        picture::Hero,
        readings::Readings,
    },
    rooms::{
        atlas::{Atlas, ShowAtlas, Wall},
        compare, examples,
        gallery::{Gallery, LayerView, ShowLayer},
        lessons::{self, Handout, Lessons, Panel, Teacher},
        notebook::{self, Notebook},
        offline, opening,
        own_image::{self, OwnImage},
        own_network::{self, Networks},
        ranking::{self, Rank},
        saving,
    },
    root::{Root, run, told::Told},
};
use crate::lesson::Act;

/// The page, or the window that leads it.
#[component]
pub fn App() -> impl IntoView {
    if lessons::is_teacher() { Either::Left(view! { <Teacher /> }) } else { Either::Right(view! { <Page /> }) }
}

/// The page.
#[component]
fn Page() -> impl IntoView {
    let root = Root::new();
    let (gallery, own_image, ranking) = (Gallery::new(root), OwnImage::new(root), ranking::Room::new(root));
    let (own_network, offline) = (own_network::new(root), offline::Room::new(root));
    let atlas = Atlas::new(root);
    let notebook = notebook::Room::new(root);
    run::follow_refusals(root);
    // What a lesson has the page do, room by room.
    let act = move |act| match act {
        Act::OpenMore | Act::CloseMore => root.more.set(act == Act::OpenMore),
        Act::OpenRanking | Act::CloseRanking => ranking::show(ranking, act == Act::OpenRanking),
        Act::OpenOwnNetwork | Act::CloseOwnNetwork => own_network::show(own_network, act == Act::OpenOwnNetwork),
    };
    let lessons = lessons::Room::new(root, Callback::new(act));
    lessons::begin(lessons, move || opening::begin(root));
    // One file is a network, makes its run again, or is a picture to start from.
    let receive = move |file: File| {
        if own_network::is_network(&file.name()) {
            return own_network::open(own_network, &file);
        }
        let Some(number) = own_image::begin(own_image, &file.name()) else { return };
        spawn_local(async move {
            let told = opening::told(&file).await;
            if told == Told::Nothing {
                own_image::read(own_image, number, file).await;
            } else if own_image::leave(own_image, number) {
                opening::restore(root, &file.name(), told, || own_image::is_last(own_image, number)).await;
            }
        });
    };
    let drop = move |event: DragEvent| {
        event.prevent_default();
        let mut dropped = dropped::of(&event);
        match dropped.pop() {
            Some(Dropped::File(file)) if dropped.is_empty() => receive(file),
            // More, or a folder, can only be meant to be ranked.
            Some(last) => ranking::begin_with(ranking, dropped.into_iter().chain([last]).collect()),
            None => {}
        }
    };
    let pasted = window_event_listener(leptos::ev::paste, move |event| {
        let files = event.clipboard_data().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            event.prevent_default();
            receive(file);
        }
    });
    on_cleanup(move || pasted.remove());
    // What was drawn beforehand need not be drawn.
    let layer = move || {
        let rest = move || view! { <ShowLayer room=gallery /> };
        view! { <div class="shows"><ShowAtlas room=atlas rest /></div> }
    };
    let start = view! { <own_image::Chooser room=own_image /> };
    let (size, beside) = (view! { <saving::Size root /> }, view! { <compare::Beside root /> });
    let without_network = view! { <offline::Keep room=offline /> };
    let examples = view! { <examples::RealImages root /> };
    view! {
        <main class="page" class:embedded=site::is_embedded() on:dragover=|event: DragEvent| event.prevent_default() on:drop=drop>
            <Intro root />
            <section class="controls">
                <Finder root layer />
                <Buttons root>
                    <saving::Buttons root>
                        <notebook::Keep room=notebook />
                    </saving::Buttons>
                    <compare::Buttons root />
                </Buttons>
                <Whole root />
            </section>
            <div class="extras">
                <More root layer start size beside offline=without_network />
                <Rank room=ranking />
                <Networks room=own_network />
                <Lessons room=lessons />
                <Notebook room=notebook />
            </div>
            <Hero root />
            <Panel room=lessons />
            <Readings root examples />
            <LayerView room=gallery />
            <Handout room=lessons />
            <offline::Renewed room=offline />
            <Wall room=atlas />
        </main>
    }
}
