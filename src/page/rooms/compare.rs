//! What the next run is set beside: priors on pixels, other classifiers, no neuron at all.

use leptos::prelude::*;

use crate::{
    pack::manifest::ClassifierEntry,
    page::{
        parts::more::priors,
        root::{OWN_LANE, Root, run, settings::Settings},
        words,
    },
    spec::{MAX_COMPARED, PixelPrior, Prior, Rival},
};

/// The priors that a generator is first compared with.
fn first() -> Vec<Rival> {
    let priors = [vec![], vec![PixelPrior::TOTAL_VARIATION, PixelPrior::JITTER], vec![PixelPrior::BLUR]];
    priors.into_iter().map(|prior| Prior::Pixels(prior).into()).collect()
}

/// What tells a neuron's part in a picture from the generator's: the same class's neuron of another classifier, where the
/// pack has one, and no neuron at all.
fn neuron_or_prior(root: Root) -> Vec<Rival> {
    untrack(|| others(root)).into_iter().take(MAX_COMPARED - 1).chain([Rival::RandomCode]).collect()
}

/// The picked neurons in the pack's other classifiers, those that have the same classes.
fn others(root: Root) -> Vec<Rival> {
    let (units, classifier) = (root.units.get(), root.classifier.get());
    let Some(pack) = root.pack.get() else {
        return Vec::new();
    };
    let rival = |entry: &ClassifierEntry| {
        let moved = units.iter().map(|unit| pack.counterpart(unit, &classifier, &entry.name)).collect::<Option<_>>()?;
        Some(Rival::Classifier { name: entry.name.clone(), units: moved })
    };
    pack.classifiers.iter().filter(|entry| entry.name != classifier).filter_map(rival).collect()
}

/// Sets the neuron's run beside runs without a prior and with priors on pixels, or ends that, and runs it.
fn compare(root: Root) {
    let compared = root.settings.with_untracked(|settings| settings.as_ref().is_some_and(Settings::is_compared));
    set_beside(root, if compared { Vec::new() } else { first() });
}

/// Sets the neuron's run beside what would be drawn without this neuron, and runs it.
fn ask_whose_picture(root: Root) {
    set_beside(root, neuron_or_prior(root));
}

fn set_beside(root: Root, rivals: Vec<Rival>) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    root.change_settings(|settings| settings.compare_with(rivals, &*pack));
    root.chosen.set(OWN_LANE);
    run::run(root);
}

/// Sets a run beside one more, or no more beside it.
fn toggle_rival(root: Root, rival: Rival, beside: bool) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    root.change_settings(|settings| {
        let mut rivals = settings.run.compare.clone();
        rivals.retain(|other| *other != rival);
        if beside && rivals.len() < MAX_COMPARED {
            rivals.push(rival);
        }
        settings.compare_with(rivals, &*pack);
    });
    root.chosen.set(OWN_LANE);
}

/// The buttons that set the run beside others.
#[component]
pub fn Buttons(root: Root) -> impl IntoView {
    let compares = move || root.with_settings(Settings::is_compared).unwrap_or_default();
    view! {
        <button
            type="button" class="compare" on:click=move |_| compare(root)
            prop:textContent=move || if compares() { words::compare_no_more() } else { words::compare() }
        ></button>
        <button type="button" class="whose" on:click=move |_| ask_whose_picture(root)>{words::whose()}</button>
    }
}

/// What the run is set beside.
#[component]
pub fn Beside(root: Root) -> impl IntoView {
    let rivals = move || -> Vec<Rival> {
        let priors = priors(root).into_iter().filter(Prior::is_pixels).map(Rival::Prior);
        priors.chain(others(root)).chain([Rival::RandomCode]).collect()
    };
    let choice = move |rival: Rival| {
        let name = root.rival_name(&rival);
        let beside = {
            let rival = rival.clone();
            Memo::new(move |_| root.with_settings(|settings| settings.run.compare.contains(&rival)).unwrap_or_default())
        };
        let full =
            move || root.with_settings(|settings| settings.run.compare.len()).unwrap_or_default() >= MAX_COMPARED;
        let toggle = move |event| toggle_rival(root, rival.clone(), event_target_checked(&event));
        view! {
            <label class="check">
                <input
                    type="checkbox" prop:checked=move || beside.get() disabled=move || full() && !beside.get()
                    on:change=toggle
                />
                <span prop:textContent=name></span>
            </label>
        }
    };
    view! {
        <fieldset class="field wide beside">
            <legend>{words::beside()}</legend>
            {move || rivals().into_iter().map(choice).collect_view()}
        </fieldset>
    }
}
