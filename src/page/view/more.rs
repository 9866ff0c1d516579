//! What has a good default: prior, seed, steps, learning rate, decay, clipping, start, classifier, engine; and what makes a
//! run more than one neuron's: others beside it, other neurons with it.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    choice::{Choice, by_name, name_of, named},
    finder::Layers,
    is_open,
    layer::ShowLayer,
    own_image::OwnImage,
    units::Units,
};
use crate::{
    nets::layer::LayerKind,
    pack::manifest::Manifest,
    page::{
        actions, beside, picking, saving,
        settings::{Field, Settings},
        site::{self, PackName},
        state::State,
        words,
    },
    spec::{Catalogue, MAX_COMPARED, PixelPrior, Position, Prior, Rival, SEEDS, Start},
};

/// The fields.
#[component]
pub fn More(state: State) -> impl IntoView {
    let clips = move || read(state, |settings| settings.clips).unwrap_or_default();
    let clip = move |event| change(state, |settings| settings.clips = event_target_checked(&event));
    let starts = Signal::derive(move || {
        let known = |(start, _): &(Start, &str)| *start != Start::MeanImage || knows_natural(state);
        let offered = words::STARTS.into_iter().filter(known);
        offered.map(|(_, name)| (name.to_owned(), name.to_owned())).collect::<Vec<_>>()
    });
    let start = move |name: String| {
        if let Some(start) = by_name(words::STARTS, &name) {
            change(state, |settings| settings.start = start);
        }
    };
    let seeds = move |count: String| {
        if let Ok(seeds) = count.parse() {
            state.chosen.set(0);
            change(state, |settings| {
                settings.seeds = seeds;
                settings.compare.clear();
            });
        }
    };
    let engine = move |name: String| {
        if let Some(engine) = by_name(words::ENGINES, &name) {
            actions::choose_engine(state, engine);
        }
    };
    let counts = Signal::stored(SEEDS.map(|count| (count.to_string(), count.to_string())).to_vec());
    let sizes = Signal::stored(saving::ENLARGEMENTS.map(|size| (size.to_string(), words::enlargement(size))).to_vec());
    let size = move || state.enlargement.get().to_string();
    let resize = move |size: String| {
        if let Ok(size) = size.parse() {
            state.enlargement.set(size);
        }
    };
    let count = move || read(state, |settings| settings.seeds.to_string()).unwrap_or_default();
    let started = move || name_of(words::STARTS, read(state, |settings| settings.start));
    let computes = move || name_of(words::ENGINES, read(state, |settings| settings.engine));
    view! {
        <details class="more" prop:open=move || state.more.get() on:toggle=move |event| state.more.set(is_open(&event))>
            <summary>{words::MORE}</summary>
            <div class="settings">
                <div class="field narrow">
                    <label for="layer-too">{words::LAYER}</label>
                    <Layers state id="layer-too" />
                    <ShowLayer state />
                </div>
                <Place state />
                <Presets state />
                <Priors state />
                <Number state field=Field::Seed id="seed" label=words::SEED />
                <Number state field=Field::Steps id="steps" label=words::STEPS />
                <Number state field=Field::RateStart id="rate-start" label=words::RATE_START />
                <Number state field=Field::RateEnd id="rate-end" label=words::RATE_END />
                <Number state field=Field::Decay id="decay" label=words::DECAY />
                <Choice
                    id="start" label=words::START options=starts current=Signal::derive(started) choose=start
                />
                <OwnImage state />
                <Number state field=Field::Epsilon1 id="epsilon1" label=words::EPSILON1 />
                <Number state field=Field::Epsilon3 id="epsilon3" label=words::EPSILON3 />
                <Number state field=Field::Jitter id="jitter" label=words::JITTER />
                <Number state field=Field::Rescale id="rescale" label=words::RESCALE />
                <Number state field=Field::Deviations id="deviations" label=words::DEVIATIONS />
                <Choice
                    id="seeds" label=words::SEEDS options=counts current=Signal::derive(count) choose=seeds
                />
                <Choice
                    id="saved-size" label=words::SAVED_SIZE options=sizes current=Signal::derive(size) choose=resize
                />
                <Packs state />
                <Classifier state />
                <Units state />
                <Beside state />
                <Choice
                    id="engine" label=words::ENGINE options=named(words::ENGINES) current=Signal::derive(computes)
                    choose=engine
                />
                <label class="check">
                    <input type="checkbox" prop:checked=clips on:change=clip />
                    {words::CLIP}
                </label>
                <label class="check">
                    <input
                        type="checkbox" prop:checked=move || state.exact.get()
                        on:change=move |event| state.exact.set(event_target_checked(&event))
                    />
                    {words::EXACT}
                </label>
                <button type="button" class="quiet" on:click=move |_| actions::reset(state)>{words::RESET}</button>
            </div>
        </details>
    }
}

/// Whether the pack knows natural patches and mean images.
fn knows_natural(state: State) -> bool {
    state.pack.with(|pack| pack.as_ref().is_some_and(|pack| pack.has_natural()))
}

/// Settings as publications have them.
#[component]
fn Presets(state: State) -> impl IntoView {
    let preset = Memo::new(move |_| {
        let pack = state.pack.get()?;
        read(state, |settings| settings.preset(&*pack)).flatten()
    });
    let choose = move |name: String| {
        if let Some(preset) = by_name(words::PRESETS, &name) {
            actions::take_preset(state, preset);
        }
    };
    let none = (String::new(), words::NO_PRESET.to_owned());
    let presets = words::PRESETS.map(|(_, name)| (name.to_owned(), name.to_owned()));
    let options = Signal::stored([none].into_iter().chain(presets).collect::<Vec<_>>());
    let current = Signal::derive(move || name_of(words::PRESETS, preset.get()));
    view! { <Choice id="preset" label=words::PRESET options current choose /> }
}

/// The priors that are offered, as this pack can have them.
fn priors(state: State) -> Vec<Prior> {
    let offered = words::PRIORS.into_iter().filter_map(|text| text.parse().ok());
    let patches = Prior::Pixels(vec![PixelPrior::PATCHES]);
    offered.filter(|prior| *prior != patches || knows_natural(state)).collect()
}

/// What keeps the picture natural.
#[component]
fn Priors(state: State) -> impl IntoView {
    let prior = Memo::new(move |_| read(state, |settings| settings.prior.clone()).unwrap_or_default());
    let choose = move |text: String| {
        let Some(pack) = state.pack.get_untracked() else { return };
        if let Ok(prior) = text.parse() {
            change(state, |settings| settings.take_prior(prior, &*pack));
        }
    };
    // One that came with an address stands among those that are offered.
    let options = Signal::derive(move || {
        let (mut offered, current) = (priors(state), prior.get());
        if !offered.contains(&current) {
            offered.push(current);
        }
        offered.iter().map(|prior| (prior.to_string(), words::prior(prior))).collect::<Vec<_>>()
    });
    let current = Signal::derive(move || prior.with(ToString::to_string));
    view! { <Choice id="prior" label=words::PRIOR options current choose /> }
}

/// What the run is set beside.
#[component]
fn Beside(state: State) -> impl IntoView {
    let rivals = move || -> Vec<Rival> {
        let priors = priors(state).into_iter().filter(Prior::is_pixels).map(Rival::Prior);
        priors.chain(beside::others(state)).chain([Rival::RandomCode]).collect()
    };
    let choice = move |rival: Rival| {
        let name = state.rival_name(&rival);
        let beside = {
            let rival = rival.clone();
            Memo::new(move |_| read(state, |settings| settings.compare.contains(&rival)).unwrap_or_default())
        };
        let full = move || read(state, |settings| settings.compare.len()).unwrap_or_default() >= MAX_COMPARED;
        let toggle = move |event| beside::toggle_rival(state, rival.clone(), event_target_checked(&event));
        view! {
            <label class="check">
                <input
                    type="checkbox" prop:checked=move || beside.get() disabled=move || full() && !beside.get()
                    on:change=toggle
                />
                {name}
            </label>
        }
    };
    view! {
        <fieldset class="field wide beside">
            <legend>{words::BESIDE}</legend>
            {move || rivals().into_iter().map(choice).collect_view()}
        </fieldset>
    }
}

/// Where convolutional units are read; nothing for a layer without positions.
#[component]
fn Place(state: State) -> impl IntoView {
    let convolutional =
        Memo::new(move |_| state.with_layer(|layer, _| layer.kind == LayerKind::Convolutional).unwrap_or_default());
    let map = move || state.with_layer(|layer, _| layer.map).unwrap_or([1, 1]);
    let one = move || matches!(state.position.get(), Position::At { .. });
    let choose = move |event| {
        let value = event_target_value(&event);
        let known = words::POSITIONS.into_iter().find(|(_, name)| *name == value);
        let [height, width] = untrack(map);
        let centre = Position::At { row: height / 2, column: width / 2 };
        picking::choose_position(state, known.map_or(centre, |(position, _)| position));
    };
    let at = move || match state.position.get() {
        Position::At { row, column } => [row, column],
        _ => [0, 0],
    };
    let place = move |axis: usize, text: String| {
        let (mut place, map) = (untrack(at), untrack(map));
        if let Ok(number) = text.trim().parse::<usize>() {
            place[axis] = number.min(map[axis].saturating_sub(1));
            picking::choose_position(state, Position::At { row: place[0], column: place[1] });
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
                    <label for="position">{words::POSITION}</label>
                    <select id="position" on:change=choose>
                        {words::POSITIONS.map(|(position, name)| view! {
                            <option value=name prop:selected=move || state.position.get() == position>{name}</option>
                        })}
                        <option value=words::ONE_POSITION prop:selected=one>{words::ONE_POSITION}</option>
                    </select>
                    <div class="row" hidden=move || !one()>{field(0, words::ROW)} {field(1, words::COLUMN)}</div>
                </div>
            }
        })
    }
}

/// Which pack; nothing where there is no choice. Another one is opened as its address is.
#[component]
fn Packs(state: State) -> impl IntoView {
    let options = Signal::derive(move || {
        let pack = |PackName { name, title }| (name, title);
        state.packs.get().into_iter().map(pack).collect::<Vec<_>>()
    });
    let current =
        Signal::derive(move || state.pack.with(|pack| pack.as_ref().map(|pack| pack.name.clone())).unwrap_or_default());
    let choose = |name: String| site::go_to(&format!("pack={name}"));
    move || {
        (options.with(Vec::len) > 1).then(|| view! { <Choice id="pack" label=words::PACK options current choose /> })
    }
}

/// Which of the pack's classifiers; nothing where there is no choice.
#[component]
fn Classifier(state: State) -> impl IntoView {
    let options = Signal::derive(move || {
        let names = |pack: &Arc<Manifest>| -> Vec<(String, String)> {
            pack.classifiers.iter().map(|entry| (entry.name.clone(), entry.title.clone())).collect()
        };
        state.pack.with(|pack| pack.as_ref().map(names)).unwrap_or_default()
    });
    let choose = move |name: String| picking::choose_classifier(state, &name);
    move || {
        (options.with(Vec::len) > 1).then(|| {
            view! { <Choice id="classifier" label=words::CLASSIFIER options current=state.classifier choose /> }
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
