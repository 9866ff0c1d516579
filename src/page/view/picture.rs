//! The picture, in a frame that has its size from the beginning; under it the state, and what went wrong.

use leptos::prelude::*;

use crate::page::{
    actions, neurons,
    state::{Phase, State},
    words,
};

/// The picture and what belongs to it.
#[component]
pub fn Hero(state: State) -> impl IntoView {
    let name = move || {
        let neuron = state.with_drawn(|run, entry| neurons::spoken(&run.units, entry));
        let reading = state.reading.get();
        neuron.zip(reading).map_or_else(
            || words::NO_PICTURE.to_owned(),
            |(neuron, reading)| words::picture(&neuron, reading.step, reading.steps, reading.activation),
        )
    };
    let empty = move || state.reading.with(Option::is_none);
    let loading = move || state.phase.get() == Phase::Loading;
    let waiting = move || empty() && !loading();
    view! {
        <figure class="hero">
            <div class="frame" class:empty=empty class:loading=loading>
                <canvas node_ref=state.canvas role="img" aria-label=name width="64" height="64"></canvas>
                <Show when=waiting>
                    <p class="hint">{words::EMPTY_FRAME}</p>
                </Show>
                <Show when=loading>
                    <Loading state />
                </Show>
            </div>
            <figcaption>
                <p class="status" role="status" aria-live="polite">{move || state.status.get()}</p>
            </figcaption>
            <Notice state />
        </figure>
    }
}

/// The progress bar, in bytes, and the way out.
#[component]
fn Loading(state: State) -> impl IntoView {
    let tally = move || state.tally.get();
    let said = move || {
        if tally().is_complete() {
            words::PREPARING.to_owned()
        } else {
            words::arrived(tally().loaded(), tally().total())
        }
    };
    view! {
        <div class="progress">
            <div
                class="bar" role="progressbar" aria-label=words::LOADING_BAR
                aria-valuemin="0" aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", 100.0 * tally().fraction())
                aria-valuetext=said
            >
                <div style:transform=move || format!("scaleX({:.4})", tally().fraction())></div>
            </div>
            <p><span class="number">{said}</span>
                <button type="button" class="quiet" on:click=move |_| actions::cancel(state)>{words::CANCEL}</button>
            </p>
        </div>
    }
}

/// What went wrong, until it is dismissed.
#[component]
fn Notice(state: State) -> impl IntoView {
    view! {
        <div class="notice" role="alert">
            {move || state.notice.get().map(|message| view! {
                <div>
                    <p>{message}</p>
                    <button type="button" class="quiet" on:click=move |_| state.notice.set(None)>{words::DISMISS}</button>
                </div>
            })}
        </div>
    }
}
