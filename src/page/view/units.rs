//! The neurons of a run, where they are several, each with its weight.

use leptos::prelude::*;

use crate::{
    page::{neurons, picking, state::State, words},
    spec::{MAX_UNITS, Unit},
};

/// The neurons picked, and the way to one more.
#[component]
pub fn Units(state: State) -> impl IntoView {
    let single = move || state.units.with(|units| matches!(units.as_slice(), [unit] if unit.weight == 1.0));
    let full = move || state.units.with(|units| units.len() >= MAX_UNITS);
    let rows = move || {
        let row = |(place, unit): (usize, Unit)| {
            let plain = [Unit { weight: 1.0, ..unit.clone() }];
            let name = state.with_entry(|entry| neurons::title(&plain, entry)).unwrap_or_default();
            let label = words::weight_of(&name);
            let weigh = move |event| picking::weigh(state, place, &event_target_value(&event));
            view! {
                <li>
                    <span>{name}</span>
                    <input
                        type="text" inputmode="decimal" autocomplete="off" aria-label=label
                        prop:value=unit.weight.to_string() on:change=weigh
                    />
                    <button
                        type="button" class="quiet" disabled=move || state.units.with(|units| units.len() < 2)
                        on:click=move |_| picking::drop_unit(state, place)
                    >{words::REMOVE}</button>
                </li>
            }
        };
        let units = state.units.get();
        (!single()).then(|| view! { <ul>{units.into_iter().enumerate().map(row).collect_view()}</ul> })
    };
    view! {
        <div class="field wide units">
            <h3>{words::UNITS}</h3>
            {rows}
            <button
                type="button" disabled=full aria-pressed=move || state.adding.get().to_string()
                on:click=move |_| state.adding.update(|adding| *adding = !*adding)
            >
                {move || if state.adding.get() { words::ADDING } else { words::ADD_UNIT }}
            </button>
        </div>
    }
}
