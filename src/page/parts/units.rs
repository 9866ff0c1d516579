//! The neurons of a run, where they are several, each with its weight.

use leptos::prelude::*;

use crate::{
    page::{
        root::{Root, neurons, picking, settings::Field},
        words,
    },
    spec::{MAX_UNITS, Unit},
};

/// The neurons picked, and the way to one more.
#[component]
pub fn Units(root: Root) -> impl IntoView {
    let typed = move |place| root.with_settings(|settings| settings.typed(Field::Weight(place)).map(str::to_owned));
    let single = Memo::new(move |_| {
        root.units.with(|units| matches!(units.as_slice(), [unit] if unit.weight == 1.0))
            && typed(0).flatten().is_none()
    });
    let full = move || root.units.with(|units| units.len() >= MAX_UNITS);
    // Without their weights, so that a row stays while its weight is typed.
    let listed = Memo::new(move |_| {
        let plain = |unit: &Unit| Unit { weight: 1.0, ..unit.clone() };
        root.units.with(|units| units.iter().map(plain).collect::<Vec<_>>())
    });
    let rows = move || {
        let row = |(place, unit): (usize, Unit)| {
            let name = root.with_entry(|entry| neurons::title(&[unit], entry)).unwrap_or_default();
            let label = words::weight_of(&name);
            let weight = move || root.units.with(|units| units.get(place).map(|unit| unit.weight.to_string()));
            let text = move || typed(place).flatten().or_else(weight).unwrap_or_default();
            let problem = Memo::new(move |_| {
                picking::weighed(root, place).and_then(Result::err).map(|problem| words::spec(&problem))
            });
            let wrong = move || problem.with(Option::is_some);
            let note = format!("weight-{place}-problem");
            view! {
                <li class="field" class:wrong=wrong>
                    <span prop:textContent=name></span>
                    <input
                        type="text" inputmode="decimal" autocomplete="off" aria-label=label
                        prop:value=text
                        aria-invalid=move || wrong().to_string()
                        aria-describedby=note.clone()
                        on:input=move |event| picking::weigh(root, place, event_target_value(&event))
                    />
                    <button
                        type="button" class="quiet" disabled=move || root.units.with(|units| units.len() < 2)
                        on:click=move |_| picking::drop_unit(root, place)
                    >{words::remove()}</button>
                    <p id=note.clone() role="status" prop:textContent=move || problem.get().unwrap_or_default()></p>
                </li>
            }
        };
        (!single.get()).then(|| view! { <ul>{listed.get().into_iter().enumerate().map(row).collect_view()}</ul> })
    };
    view! {
        <fieldset class="field wide units">
            <legend>{words::units()}</legend>
            {rows}
            <button
                type="button" disabled=full aria-pressed=move || root.adding.get().to_string()
                on:click=move |_| root.adding.update(|adding| *adding = !*adding)
                prop:textContent=move || if root.adding.get() { words::adding() } else { words::add_unit() }
            ></button>
        </fieldset>
    }
}
