//! What there is to read beside the picture: which neuron, how active, what the network sees, which engine.

use leptos::prelude::*;

use super::{plot::Plot, receptive_field::ReceptiveField};
use crate::{
    pack::manifest::ClassifierEntry,
    page::{
        root::{Root, neurons},
        words,
    },
    picture::Guess,
    spec::Unit,
};

/// How many classes the engine names.
const GUESSES: usize = 5;

/// The placard, the curve, the guesses and the engine; `examples` stands among them.
#[component]
pub fn Readings(root: Root, examples: impl IntoView + 'static) -> impl IntoView {
    // Before there is a picture the placard names what is picked.
    let title = move || {
        let drawn = root.with_drawn(|run, entry| neurons::title(&run.units, entry));
        drawn.unwrap_or_else(|| root.picked_title())
    };
    let detail = move || {
        let drawn = root.with_drawn(|run, entry| neurons::detail(&run.units, entry));
        let picked = || root.with_entry(|entry| root.units.with(|units| neurons::detail(units, entry)));
        drawn.or_else(picked).unwrap_or_default()
    };
    // Words begin with a capital letter in a heading; the names of layers stay as they are.
    let is_word = move || {
        let unit = root.drawn.with(|run| run.as_ref().and_then(|run| run.units.first().cloned()));
        let unit = unit.or_else(|| root.units.with(|units| units.first().cloned()));
        unit.is_some_and(|unit| root.with_entry(|entry| entry.class(&unit).is_some()).unwrap_or_default())
    };
    let several = move || {
        let drawn = root.with_drawn(|run, _| run.units.len());
        drawn.unwrap_or_else(|| root.units.with(Vec::len)) > 1
    };
    let activation = move || {
        let number = root.with_lane(|_, lane| words::number(lane.activation));
        number.unwrap_or_else(|| "–".into())
    };
    let counter = move || {
        let counter = root.reading.with(|reading| reading.as_ref().map(|r| words::counter(&r.step, &r.steps)));
        counter.unwrap_or_default()
    };
    let against = move || {
        let against = root.with_lane(|reading, lane| words::against(lane.activation, reading.reference?));
        against.flatten().unwrap_or_default()
    };
    let prior = move || root.with_drawn(|run, _| run.prior.clone()).unwrap_or_default();
    let explanation = move || words::explanation(several(), &prior(), root.own_size(root.chosen_lane()));
    view! {
        <section class="readings">
            <div class="placard">
                <h2
                    class:word=is_word aria-label=move || title().is_empty().then_some(words::no_neuron())
                    prop:textContent=title
                ></h2>
                <p class="detail" prop:textContent=detail></p>
                <p class="explanation" prop:textContent=explanation></p>
            </div>
            <div class="activation">
                <h3>{words::activation()}</h3>
                <p class="value" translate="no" prop:textContent=activation></p>
                <p class="counter" prop:textContent=counter></p>
                <p class="against" prop:textContent=against></p>
                <Plot root />
            </div>
            <div class="guesses">
                <h3>{words::guesses()}</h3>
                <ol>{(0..GUESSES).map(|rank| view! { <Row root rank /> }).collect_view()}</ol>
            </div>
            {examples}
            <ReceptiveField root />
            <Engine root />
        </section>
    }
}

/// One of the likeliest classes; an empty row of the same size before there is one.
#[component]
fn Row(root: Root, rank: usize) -> impl IntoView {
    let guess =
        Memo::new(move |_| -> Option<Guess> { root.with_lane(|_, lane| lane.top.get(rank).copied()).flatten() });
    let name = move || {
        let class = guess.get().map(|guess| guess.class as usize);
        let named = root.with_drawn(|_, entry| class.and_then(|class| entry.classes.get(class).map(words::class)));
        named.flatten().unwrap_or_default()
    };
    let percent = move || guess.get().map(|guess| words::percent(guess.probability)).unwrap_or_default();
    let probability = move || guess.get().map_or(0.0, |guess| guess.probability.clamp(0.0, 1.0));
    let target = Memo::new(move |_| {
        guess.get().is_some_and(|guess| {
            let is_it = |unit: &Unit, entry: &ClassifierEntry| {
                unit.index == guess.class as usize && entry.class(unit).is_some()
            };
            root.with_drawn(|run, entry| run.units.iter().any(|unit| is_it(unit, entry))).unwrap_or_default()
        })
    });
    view! {
        <li class:target=move || target.get()>
            <span class="name" prop:textContent=name></span>
            {move || target.get().then(|| view! { <span class="mark">{words::this_neuron()}</span> })}
            <span class="number" translate="no" prop:textContent=percent></span>
            <span class="share"><span style:transform=move || format!("scaleX({:.4})", probability())></span></span>
        </li>
    }
}

/// Which engine runs on what, how fast, and why that one.
#[component]
fn Engine(root: Root) -> impl IntoView {
    let line = move || {
        let device = root.device.get().map(|device| device.with_steps(root.steps_computed.get().as_ref()));
        device.map_or_else(|| words::no_engine().into(), |device| words::engine(&device, root.steps_per_second.get()))
    };
    let reason = move || {
        let (device, computed) = (root.device.get(), root.steps_computed.get());
        let computed = computed.filter(|_| device.is_some()).map(|steps| words::computed(&steps));
        let reason = device.map(|device| words::reason(&device));
        words::sentences(&reason.into_iter().chain(computed).collect::<Vec<_>>())
    };
    view! {
        <div class="engine">
            <p class="line" prop:textContent=line></p>
            <p class="reason" prop:textContent=reason></p>
        </div>
    }
}
