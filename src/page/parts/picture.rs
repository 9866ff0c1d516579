//! The picture, or several side by side, in a frame that has its size from the beginning; under it the state, and what
//! went wrong.

use std::sync::Arc;

use leptos::{either::Either, prelude::*};

use super::receptive_field::Outline;
use crate::pack::SMALL_PACK;
use crate::page::{
    browser::{canvas, site},
    root::{MAX_LANES, Phase, Reading, Root, Way, frames, neurons, run},
    words,
};

/// Sides of the smooth enlargement in pixels, about what is seen of it: of a picture alone, and of one among several.
const ALONE_SIDE: u32 = 768;
const SEVERAL_SIDE: u32 = 256;

/// The picture and what belongs to it.
#[component]
pub fn Hero(root: Root) -> impl IntoView {
    let count = Memo::new(move |_| root.lanes());
    let beforehand = move || root.beforehand().is_some();
    let empty = move || root.reading.with(Option::is_none) && !beforehand();
    let loading = move || root.phase.get() == Phase::Loading;
    let waiting = move || empty() && !loading();
    view! {
        <figure class="hero">
            <div class="frame" class:empty=empty class:loading=loading>
                <div class="lanes" class:two=move || (2..=4).contains(&count.get()) class:three=move || 4 < count.get()>
                    {(0..MAX_LANES).map(|index| view! { <Lane root index count /> }).collect_view()}
                </div>
                <Show when=waiting>
                    <p class="hint">{words::empty_frame()}</p>
                </Show>
                <p class="beforehand" prop:textContent=move || if beforehand() { words::beforehand() } else { "" }></p>
                <Show when=loading>
                    <Loading root />
                </Show>
            </div>
            // Read out with the picture's button; seen here where the picture has no room for it.
            <p
                class="explained" aria-hidden="true"
                prop:textContent=move || root.explained(root.chosen_lane()).unwrap_or_default()
            ></p>
            <figcaption>
                <p class="status" role="status" aria-live="polite" prop:textContent=move || root.status.get()></p>
                <Steps root />
                <Show when=move || root.offers_small.get()>
                    <a class="small-pack" href=format!("?{}", site::with_own(&format!("pack={SMALL_PACK}")))>
                        {words::small_pack()}
                    </a>
                </Show>
            </figcaption>
            <Notice root />
        </figure>
    }
}

/// One picture. Where there are several, a press chooses the one that the numbers are of.
#[component]
fn Lane(root: Root, index: usize, count: Memo<usize>) -> impl IntoView {
    let label = move || {
        let several = count.get() > 1;
        several.then(|| root.lane_name(index)).flatten()
    };
    let neuron = Memo::new(move |_| {
        let lane = root.beforehand().or_else(|| root.lane(index).map(Arc::new))?;
        root.pack
            .with(|pack| pack.as_ref()?.classifier(&lane.classifier).map(|entry| neurons::spoken(&lane.units, entry)))
    });
    let name = move || {
        let of = |reading: &Reading| {
            let activation = reading.lanes.get(index)?.activation;
            Some(words::picture(&neuron.get()?, label().as_deref(), reading.step, reading.steps, activation))
        };
        let name = root.reading.with(|reading| reading.as_ref().and_then(of));
        let beforehand = || root.beforehand().and(neuron.get()).map(|neuron| words::drawn_beforehand(&neuron));
        name.or_else(beforehand).unwrap_or_else(|| words::no_picture().to_owned())
    };
    let activation = move || {
        let number = |reading: &Reading| Some(words::number(reading.lanes.get(index)?.activation));
        root.reading.with(|reading| reading.as_ref().and_then(number)).unwrap_or_default()
    };
    let chosen = move || root.chosen_lane() == index;
    let (what, seen) = (format!("lane-{index}-what"), format!("lane-{index}-seen"));
    let describes = format!("{what} {seen}");
    let marked = move || chosen() && count.get() > 1;
    let canvas = root.canvases[index];
    let large = NodeRef::<leptos::html::Canvas>::new();
    let shown = move || root.reading.with(Option::is_some) || root.beforehand.with(Option::is_some);
    let smooth = move || !root.exact.get() && shown();
    Effect::new(move || {
        root.reading.track();
        let side = if count.get() > 1 { SEVERAL_SIDE } else { ALONE_SIDE };
        if let (true, Some(from), Some(onto)) = (smooth() && index < count.get(), canvas.get(), large.get()) {
            let factor = side.div_ceil(from.width().max(1));
            // Where it fails, the picture's own pixels are still there.
            if canvas::enlarge(&from, &onto, factor, true).is_err() {
                root.exact.set(true);
            }
        }
    });
    view! {
        <div class="lane" class:chosen=marked hidden=move || { index >= count.get() }>
            <canvas node_ref=canvas role="img" aria-label=name width="64" height="64"></canvas>
            <canvas class="large" node_ref=large aria-hidden="true" width="1" height="1" hidden=move || !smooth()></canvas>
            <Outline root index />
            // What is written on the picture stands beside the button, and not in it: the button's name is the first of it.
            {move || label().map(|label| view! {
                <div class="choose">
                    <button
                        type="button" aria-label=label.clone() aria-describedby=describes.clone()
                        aria-pressed=move || chosen().to_string()
                        on:click=move |_| root.chosen.set(index)
                    ></button>
                    <b aria-hidden="true">
                        <span prop:textContent=label.clone()></span>" "
                        <span class="number" translate="no" prop:textContent=activation></span>
                    </b>
                    <small
                        id=what.clone() aria-hidden="true"
                        prop:textContent=move || root.explained(index).unwrap_or_default()
                    ></small>
                    <small
                        id=seen.clone() class="verdict" aria-hidden="true"
                        prop:textContent=move || root.verdict(index).unwrap_or_default()
                    ></small>
                </div>
            })}
        </div>
    }
}

/// Goes back to any step that the run has taken, and forth.
#[component]
fn Steps(root: Root) -> impl IntoView {
    let step = move || root.reading.with(|reading| reading.as_ref().map_or(0, |reading| reading.step));
    let none = move || root.reached.get() < 2;
    let go = move |event| {
        if let Ok(step) = event_target_value(&event).parse() {
            frames::go_to(root, step);
        }
    };
    view! {
        <input
            type="range" class="steps" aria-label=words::go_to() min="1" disabled=none
            max=move || root.reached.get().max(2).to_string()
            prop:value=move || step().to_string()
            on:input=go
        />
    }
}

/// The progress bar, in bytes, and the way out.
#[component]
fn Loading(root: Root) -> impl IntoView {
    let tally = move || root.tally.get();
    let said = move || {
        if tally().is_complete() {
            words::preparing().to_owned()
        } else {
            words::arrived(tally().loaded(), tally().total())
        }
    };
    view! {
        <div class="progress">
            <div
                class="bar" role="progressbar" aria-label=words::loading_bar()
                aria-valuemin="0" aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", 100.0 * tally().fraction())
                aria-valuetext=said
            >
                <div style:transform=move || format!("scaleX({:.4})", tally().fraction())></div>
            </div>
            <p><span class="number" translate="no" prop:textContent=said></span>
                <button type="button" class="quiet" on:click=move |_| run::cancel(root)>{words::cancel()}</button>
            </p>
        </div>
    }
}

/// What went wrong, until it is dismissed, and what is offered instead.
#[component]
fn Notice(root: Root) -> impl IntoView {
    let offer = move |notice: &str| {
        let offer = root.offer.get().filter(|offer| offer.notice == notice);
        offer.map(|offer| match offer.way {
            Way::Open { title, query } => {
                Either::Left(view! { <a class="offer" href=format!("?{}", site::with_own(&query))>{title}</a> })
            }
            Way::Reload => Either::Right(view! {
                <button type="button" on:click=|_| site::reload()>{words::reload()}</button>
            }),
        })
    };
    view! {
        <div class="notice" role="alert">
            {move || root.notice.get().map(|message| view! {
                <div>
                    <p prop:textContent=message.clone()></p>
                    {move || offer(&message)}
                    <button type="button" class="quiet" on:click=move |_| root.notice.set(None)>{words::dismiss()}</button>
                </div>
            })}
        </div>
    }
}
