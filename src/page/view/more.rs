//! What has a good default: seed, steps, learning rate, decay, clipping, start, classifier, engine.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{finder::Layers, layer::ShowLayer};
use crate::{
    nets::config::LayerKind,
    pack::manifest::Manifest,
    page::{
        actions,
        settings::{Field, Settings},
        state::State,
        words,
    },
    spec::SEEDS,
};

/// The fields.
#[component]
pub fn More(state: State) -> impl IntoView {
    let toggled = move |event: web_sys::Event| {
        let details = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        state.more.set(details.is_some_and(|details| details.has_attribute("open")));
    };
    let clips = move || read(state, |settings| settings.clips).unwrap_or_default();
    let clip = move |event| change(state, |settings| settings.clips = event_target_checked(&event));
    let start = move |event| {
        let chosen = words::STARTS.into_iter().find(|(_, name)| *name == event_target_value(&event));
        if let Some((start, _)) = chosen {
            change(state, |settings| settings.start = start);
        }
    };
    let seeds = move |event| {
        if let Ok(seeds) = event_target_value(&event).parse() {
            state.chosen.set(0);
            change(state, |settings| {
                settings.seeds = seeds;
                settings.compare.clear();
            });
        }
    };
    let engine = move |event| {
        let chosen = words::ENGINES.into_iter().find(|(_, name)| *name == event_target_value(&event));
        if let Some((engine, _)) = chosen {
            actions::choose_engine(state, engine);
        }
    };
    view! {
        <details class="more" prop:open=move || state.more.get() on:toggle=toggled>
            <summary>{words::MORE}</summary>
            <div class="settings">
                <div class="field narrow">
                    <label for="layer-too">{words::LAYER}</label>
                    <Layers state id="layer-too" />
                    <ShowLayer state />
                </div>
                <Place state />
                <Number state field=Field::Seed id="seed" label=words::SEED />
                <Number state field=Field::Steps id="steps" label=words::STEPS />
                <Number state field=Field::RateStart id="rate-start" label=words::RATE_START />
                <Number state field=Field::RateEnd id="rate-end" label=words::RATE_END />
                <Number state field=Field::Decay id="decay" label=words::DECAY />
                <div class="field">
                    <label for="start">{words::START}</label>
                    <select id="start" on:change=start>
                        {words::STARTS.map(|(start, name)| view! {
                            <option value=name prop:selected=move || {
                                read(state, |settings| settings.start) == Some(start)
                            }>{name}</option>
                        })}
                    </select>
                </div>
                <Number state field=Field::Epsilon1 id="epsilon1" label=words::EPSILON1 />
                <Number state field=Field::Epsilon3 id="epsilon3" label=words::EPSILON3 />
                <Number state field=Field::Deviations id="deviations" label=words::DEVIATIONS />
                <div class="field">
                    <label for="seeds">{words::SEEDS}</label>
                    <select id="seeds" on:change=seeds>
                        {SEEDS.map(|seeds| view! {
                            <option value=seeds.to_string() prop:selected=move || {
                                read(state, |settings| settings.seeds) == Some(seeds)
                            }>{seeds.to_string()}</option>
                        })}
                    </select>
                </div>
                <Classifier state />
                <div class="field">
                    <label for="engine">{words::ENGINE}</label>
                    <select id="engine" on:change=engine>
                        {words::ENGINES.map(|(engine, name)| view! {
                            <option value=name prop:selected=move || {
                                read(state, |settings| settings.engine) == Some(engine)
                            }>{name}</option>
                        })}
                    </select>
                </div>
                <label class="check">
                    <input type="checkbox" prop:checked=clips on:change=clip />
                    {words::CLIP}
                </label>
                <button type="button" class="quiet" on:click=move |_| actions::reset(state)>{words::RESET}</button>
            </div>
        </details>
    }
}

/// Where convolutional units are read; nothing for a layer without positions.
#[component]
fn Place(state: State) -> impl IntoView {
    let convolutional =
        Memo::new(move |_| state.with_layer(|layer, _| layer.kind == LayerKind::Convolutional).unwrap_or_default());
    let choose = move |event| {
        let chosen = words::POSITIONS.into_iter().find(|(_, name)| *name == event_target_value(&event));
        if let Some((position, _)) = chosen {
            actions::choose_position(state, position);
        }
    };
    move || {
        convolutional.get().then(|| {
            view! {
                <div class="field">
                    <label for="position">{words::POSITION}</label>
                    <select id="position" on:change=choose>
                        {words::POSITIONS.map(|(position, name)| view! {
                            <option value=name prop:selected=move || state.position.get() == position>{name}</option>
                        })}
                    </select>
                </div>
            }
        })
    }
}

/// Which of the pack's classifiers; nothing where there is no choice.
#[component]
fn Classifier(state: State) -> impl IntoView {
    let names = Memo::new(move |_| {
        let names = |pack: &Arc<Manifest>| -> Vec<(String, String)> {
            pack.classifiers.iter().map(|entry| (entry.name.clone(), entry.title.clone())).collect()
        };
        state.pack.with(|pack| pack.as_ref().map(names)).unwrap_or_default()
    });
    let option = move |(name, title): (String, String)| {
        let value = name.clone();
        view! { <option value=value prop:selected=move || state.classifier.with(|chosen| *chosen == name)>{title}</option> }
    };
    let choose = move |event| actions::choose_classifier(state, &event_target_value(&event));
    move || {
        (names.with(Vec::len) > 1).then(|| {
            view! {
                <div class="field">
                    <label for="classifier">{words::CLASSIFIER}</label>
                    <select id="classifier" on:change=choose>
                        {names.get().into_iter().map(option).collect::<Vec<_>>()}
                    </select>
                </div>
            }
        })
    }
}

/// A field for a number, with a sentence under it while what stands there will not do.
#[component]
fn Number(state: State, field: Field, id: &'static str, label: &'static str) -> impl IntoView {
    let text = move || read(state, |settings| settings.text(field).to_owned()).unwrap_or_default();
    let problem = Memo::new(move |_| {
        let pack = state.pack.get()?;
        read(state, |settings| settings.problem(field, &*pack)).flatten().map(|problem| problem.to_string())
    });
    let wrong = move || problem.with(Option::is_some);
    let note = format!("{id}-problem");
    view! {
        <div class="field" class:wrong=wrong>
            <label for=id>{label}</label>
            <input
                id=id type="text" inputmode="decimal" autocomplete="off"
                prop:value=text
                aria-invalid=move || wrong().to_string()
                aria-describedby=note.clone()
                on:input=move |event| change(state, |settings| settings.write(field, event_target_value(&event)))
            />
            <p id=note.clone() role="status">{move || problem.get()}</p>
        </div>
    }
}

fn read<T>(state: State, ask: impl FnOnce(&Settings) -> T) -> Option<T> {
    state.settings.with(|settings| settings.as_ref().map(ask))
}

fn change(state: State, make: impl FnOnce(&mut Settings)) {
    state.settings.update(|settings| {
        if let Some(settings) = settings {
            make(settings);
        }
    });
}
