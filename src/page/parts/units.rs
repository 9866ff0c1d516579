//! The neurons of a run, where they are several, each with its weight.

use leptos::prelude::*;

use crate::{
    page::{
        root::{Root, neurons, picking},
        words,
    },
    spec::{MAX_UNITS, Unit},
};

/// The neurons picked, and the way to one more.
#[component]
pub fn Units(root: Root) -> impl IntoView {
    let single = move || root.units.with(|units| matches!(units.as_slice(), [unit] if unit.weight == 1.0));
    let full = move || root.units.with(|units| units.len() >= MAX_UNITS);
    let rows = move || {
        let row = |(place, unit): (usize, Unit)| {
            let plain = [Unit { weight: 1.0, ..unit.clone() }];
            let name = root.with_entry(|entry| neurons::title(&plain, entry)).unwrap_or_default();
            let label = words::weight_of(&name);
            let weigh = move |event| picking::weigh(root, place, &event_target_value(&event));
            view! {
                <li>
                    <span prop:textContent=name></span>
                    <input
                        type="text" inputmode="decimal" autocomplete="off" aria-label=label
                        prop:value=unit.weight.to_string() on:change=weigh
                    />
                    <button
                        type="button" class="quiet" disabled=move || root.units.with(|units| units.len() < 2)
                        on:click=move |_| picking::drop_unit(root, place)
                    >{words::REMOVE}</button>
                </li>
            }
        };
        let units = root.units.get();
        (!single()).then(|| view! { <ul>{units.into_iter().enumerate().map(row).collect_view()}</ul> })
    };
    view! {
        <fieldset class="field wide units">
            <legend>{words::UNITS}</legend>
            {rows}
            <button
                type="button" disabled=full aria-pressed=move || root.adding.get().to_string()
                on:click=move |_| root.adding.update(|adding| *adding = !*adding)
                prop:textContent=move || if root.adding.get() { words::ADDING } else { words::ADD_UNIT }
            ></button>
        </fieldset>
    }
}
