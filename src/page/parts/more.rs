//! What has a good default: prior, seed, steps, learning rate, decay, clipping, start, classifier, engine; and what makes a
//! run more than one neuron's: others beside it, other neurons with it.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    choice::{Choice, by_name, name_of, named},
    finder::Layers,
    is_open,
    units::Units,
};
use crate::{
    nets::layer::LayerKind,
    pack::manifest::Manifest,
    page::{
        browser::site::{self, PackName},
        root::{Root, picking, run, settings::Field},
        words,
    },
    spec::{Catalogue, PARAMETERS, Parameter, PixelPrior, Position, Prior, SEEDS, Start},
};

/// The fields; what belongs among them and is others': `layer` behind the list of layers, `start` behind what a run starts
/// from, `size` behind the number of pictures, `beside` behind the neurons, `offline` at the end.
#[component]
pub fn More(
    root: Root,
    layer: impl IntoView + 'static,
    start: impl IntoView + 'static,
    size: impl IntoView + 'static,
    beside: impl IntoView + 'static,
    offline: impl IntoView + 'static,
) -> impl IntoView {
    let clips = move || root.with_settings(|settings| settings.run.bound.is_some()).unwrap_or_default();
    let clip = move |event| root.change_settings(|settings| settings.clip(event_target_checked(&event)));
    let starts = Signal::derive(move || {
        let known = |(start, _): &(Start, &str)| *start != Start::MeanImage || knows_natural(root);
        let offered = words::starts().into_iter().filter(known);
        offered.map(|(_, name)| (name.to_owned(), name.to_owned())).collect::<Vec<_>>()
    });
    let take_start = move |name: String| {
        if let Some(start) = by_name(words::starts(), &name) {
            root.change_settings(|settings| settings.run.start = start);
        }
    };
    let seeds = move |count: String| {
        if let Ok(seeds) = count.parse() {
            root.chosen.set(0);
            root.change_settings(|settings| {
                settings.run.seeds = seeds;
                settings.run.compare.clear();
            });
        }
    };
    let engine = move |name: String| {
        if let Some(engine) = by_name(words::engines(), &name) {
            run::choose_engine(root, engine);
        }
    };
    let counts = Signal::stored(SEEDS.map(|count| (count.to_string(), count.to_string())).to_vec());
    let count = move || root.with_settings(|settings| settings.run.seeds.to_string()).unwrap_or_default();
    let started = move || name_of(words::starts(), root.with_settings(|settings| settings.run.start));
    let computes = move || name_of(words::engines(), root.with_settings(|settings| settings.engine));
    let number = |(parameter, (_, label))| view! { <Number root parameter label /> };
    let numbers = PARAMETERS.iter().zip(words::numbers()).map(number).collect_view();
    view! {
        <details class="more" prop:open=move || root.more.get() on:toggle=move |event| root.more.set(is_open(&event))>
            <summary>{words::more()}</summary>
            <div class="settings">
                <div class="field narrow">
                    <label for="layer-too">{words::layer_label()}</label>
                    <Layers root id="layer-too" />
                    {layer}
                </div>
                <Place root />
                <Presets root />
                <Priors root />
                {numbers}
                <Choice
                    id="start" label=words::start_label() options=starts current=Signal::derive(started) choose=take_start
                />
                {start}
                <Choice
                    id="seeds" label=words::seeds() options=counts current=Signal::derive(count) choose=seeds
                />
                {size}
                <Packs root />
                <Classifier root />
                <Units root />
                {beside}
                <Choice
                    id="engine" label=words::engine_label() options=named(words::engines()) current=Signal::derive(computes)
                    choose=engine
                />
                <label class="check">
                    <input type="checkbox" prop:checked=clips on:change=clip />
                    {words::clip()}
                </label>
                <label class="check">
                    <input
                        type="checkbox" prop:checked=move || root.exact.get()
                        on:change=move |event| root.exact.set(event_target_checked(&event))
                    />
                    {words::exact()}
                </label>
                <button type="button" class="quiet" on:click=move |_| run::reset(root)>{words::reset()}</button>
                {offline}
            </div>
        </details>
    }
}

/// Whether the pack knows natural patches and mean images.
fn knows_natural(root: Root) -> bool {
    root.pack.with(|pack| pack.as_ref().is_some_and(|pack| pack.has_natural()))
}

/// Settings as publications have them.
#[component]
fn Presets(root: Root) -> impl IntoView {
    let preset = Memo::new(move |_| {
        let pack = root.pack.get()?;
        root.with_settings(|settings| settings.preset(&*pack)).flatten()
    });
    let choose = move |name: String| {
        if let Some(preset) = by_name(words::presets(), &name) {
            run::take_preset(root, preset);
        }
    };
    let none = (String::new(), words::no_preset().to_owned());
    let presets = words::presets().map(|(_, name)| (name.to_owned(), name.to_owned()));
    let options = Signal::stored([none].into_iter().chain(presets).collect::<Vec<_>>());
    let current = Signal::derive(move || name_of(words::presets(), preset.get()));
    view! { <Choice id="preset" label=words::preset() options current choose /> }
}

/// The priors that are offered, as this pack can have them.
pub fn priors(root: Root) -> Vec<Prior> {
    let offered = words::PRIORS.into_iter().filter_map(|text| text.parse().ok());
    let patches = Prior::Pixels(vec![PixelPrior::PATCHES]);
    offered.filter(|prior| *prior != patches || knows_natural(root)).collect()
}

/// What keeps the picture natural.
#[component]
fn Priors(root: Root) -> impl IntoView {
    let prior = Memo::new(move |_| root.with_settings(|settings| settings.run.prior.clone()).unwrap_or_default());
    let choose = move |text: String| {
        let Some(pack) = root.pack.get_untracked() else { return };
        if let Ok(prior) = text.parse() {
            root.change_settings(|settings| settings.take_prior(prior, &*pack));
        }
    };
    // One that came with an address stands among those that are offered.
    let options = Signal::derive(move || {
        let (mut offered, current) = (priors(root), prior.get());
        if !offered.contains(&current) {
            offered.push(current);
        }
        offered.iter().map(|prior| (prior.to_string(), words::prior(prior))).collect::<Vec<_>>()
    });
    let current = Signal::derive(move || prior.with(ToString::to_string));
    view! { <Choice id="prior" label=words::prior_label() options current choose /> }
}

/// Where convolutional units are read; nothing for a layer without positions.
#[component]
fn Place(root: Root) -> impl IntoView {
    let convolutional =
        Memo::new(move |_| root.with_layer(|layer, _| layer.kind == LayerKind::Convolutional).unwrap_or_default());
    let map = move || root.with_layer(|layer, _| layer.map).unwrap_or([1, 1]);
    let one = move || matches!(root.position.get(), Position::At { .. });
    let choose = move |event| {
        let value = event_target_value(&event);
        let known = words::positions().into_iter().find(|(_, name)| *name == value);
        let [height, width] = untrack(map);
        let centre = Position::At { row: height / 2, column: width / 2 };
        picking::choose_position(root, known.map_or(centre, |(position, _)| position));
    };
    let at = move || match root.position.get() {
        Position::At { row, column } => [row, column],
        _ => [0, 0],
    };
    let place = move |axis: usize, text: String| {
        let (mut place, map) = (untrack(at), untrack(map));
        if let Ok(number) = text.trim().parse::<usize>() {
            place[axis] = number.min(map[axis].saturating_sub(1));
            picking::choose_position(root, Position::At { row: place[0], column: place[1] });
        }
    };
    let field = move |axis: usize, label: &'static str| {
        view! {
            <input
                type="number" min="0" aria-label=label max=move || (map()[axis].saturating_sub(1)).to_string()
                prop:value=move || at()[axis].to_string()
                on:change=move |event| place(axis, event_target_value(&event))
            />
        }
    };
    move || {
        convolutional.get().then(|| {
            view! {
                <div class="field">
                    <label for="position">{words::position()}</label>
                    <select id="position" on:change=choose>
                        {words::positions().map(|(position, name)| view! {
                            <option value=name prop:selected=move || root.position.get() == position>{name}</option>
                        })}
                        <option value=words::one_position() prop:selected=one>{words::one_position()}</option>
                    </select>
                    <div class="row" hidden=move || !one()>{field(0, words::row())} {field(1, words::column())}</div>
                </div>
            }
        })
    }
}

/// Which pack; nothing where there is no choice. Another one is opened as its address is.
#[component]
fn Packs(root: Root) -> impl IntoView {
    let options = Signal::derive(move || {
        let pack = |PackName { name, title }| (name, title);
        root.packs.get().into_iter().map(pack).collect::<Vec<_>>()
    });
    let current =
        Signal::derive(move || root.pack.with(|pack| pack.as_ref().map(|pack| pack.name.clone())).unwrap_or_default());
    let choose = |name: String| site::go_to(&format!("pack={name}"));
    move || {
        (options.with(Vec::len) > 1)
            .then(|| view! { <Choice id="pack" label=words::pack_label() options current choose /> })
    }
}

/// Which of the pack's classifiers; nothing where there is no choice.
#[component]
fn Classifier(root: Root) -> impl IntoView {
    let options = Signal::derive(move || {
        let names = |pack: &Arc<Manifest>| -> Vec<(String, String)> {
            pack.classifiers.iter().map(|entry| (entry.name.clone(), entry.title.clone())).collect()
        };
        root.pack.with(|pack| pack.as_ref().map(names)).unwrap_or_default()
    });
    let choose = move |name: String| picking::choose_classifier(root, &name);
    move || {
        (options.with(Vec::len) > 1).then(|| {
            view! { <Choice id="classifier" label=words::classifier() options current=root.classifier choose /> }
        })
    }
}

/// A field for a number, with a sentence under it while what stands there will not do.
#[component]
fn Number(root: Root, parameter: &'static Parameter, label: &'static str) -> impl IntoView {
    let text = move || root.with_settings(|settings| settings.text(parameter)).unwrap_or_default();
    let problem = Memo::new(move |_| {
        let pack = root.pack.get()?;
        root.with_settings(|settings| settings.problem(parameter, &*pack))
            .flatten()
            .map(|problem| words::spec(&problem))
    });
    let wrong = move || problem.with(Option::is_some);
    let write = move |event| {
        root.change_settings(|settings| settings.write(Field::Number(parameter), event_target_value(&event)));
    };
    let id = parameter.name.replace(' ', "-");
    let note = format!("{id}-problem");
    view! {
        <div class="field" class:wrong=wrong>
            <label for=id.clone()>{label}</label>
            <input
                id=id type="text" inputmode="decimal" autocomplete="off"
                prop:value=text
                aria-invalid=move || wrong().to_string()
                aria-describedby=note.clone()
                on:input=write
            />
            <p id=note.clone() role="status" prop:textContent=move || problem.get().unwrap_or_default()></p>
        </div>
    }
}
