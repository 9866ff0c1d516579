//! What the next run is set beside.

use leptos::prelude::*;

use super::{actions, neurons, settings::Settings, state::State};
use crate::{
    pack::manifest::ClassifierEntry,
    spec::{MAX_COMPARED, PixelPrior, Prior, Rival, Unit},
};

/// Chooses the run's own picture among those compared: it is the last one.
pub(super) const OWN: usize = usize::MAX;

/// The priors that a generator is first compared with.
fn priors() -> Vec<Rival> {
    let priors = [vec![], vec![PixelPrior::TOTAL_VARIATION, PixelPrior::JITTER], vec![PixelPrior::BLUR]];
    priors.into_iter().map(|prior| Prior::Pixels(prior).into()).collect()
}

/// What tells a neuron's part in a picture from the generator's: the same class's neuron of another classifier, where the
/// pack has one, and no neuron at all.
fn neuron_or_prior(state: State) -> Vec<Rival> {
    untrack(|| others(state)).into_iter().take(MAX_COMPARED - 1).chain([Rival::RandomCode]).collect()
}

/// The picked neurons in the pack's other classifiers, those that have the same classes.
pub fn others(state: State) -> Vec<Rival> {
    let units = state.units.get();
    let ids = state.with_entry(|entry| {
        units.iter().map(|unit| neurons::class(unit, entry).map(|class| class.id.clone())).collect::<Option<Vec<_>>>()
    });
    let (Some(Some(ids)), Some(pack)) = (ids, state.pack.get()) else {
        return Vec::new();
    };
    let classifier = state.classifier.get();
    let others = pack.classifiers.iter().filter(|entry| entry.name != classifier);
    let rival = |entry: &ClassifierEntry| {
        let layer = &entry.output()?.name;
        let index = |id: &String| entry.classes.iter().position(|class| class.id == *id);
        let moved = units
            .iter()
            .zip(&ids)
            .map(|(unit, id)| Some(Unit { weight: unit.weight, ..Unit::new(layer.clone(), index(id)?) }));
        Some(Rival::Classifier { name: entry.name.clone(), units: moved.collect::<Option<_>>()? })
    };
    others.filter_map(rival).collect()
}

/// Sets the neuron's run beside runs without a prior and with priors on pixels, or ends that, and runs it.
pub fn compare(state: State) {
    let compared = state.settings.with_untracked(|settings| settings.as_ref().is_some_and(Settings::is_compared));
    set_beside(state, if compared { Vec::new() } else { priors() });
}

/// Sets the neuron's run beside what would be drawn without this neuron, and runs it.
pub fn ask_whose_picture(state: State) {
    set_beside(state, neuron_or_prior(state));
}

fn set_beside(state: State, rivals: Vec<Rival>) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    state.settings.update(|settings| {
        if let Some(settings) = settings {
            settings.compare_with(rivals, &*pack);
        }
    });
    state.chosen.set(OWN);
    actions::run(state);
}

/// Sets a run beside one more, or no more beside it.
pub fn toggle_rival(state: State, rival: Rival, beside: bool) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    state.settings.update(|settings| {
        let Some(settings) = settings else { return };
        let mut rivals = settings.compare.clone();
        rivals.retain(|other| *other != rival);
        if beside && rivals.len() < MAX_COMPARED {
            rivals.push(rival);
        }
        settings.compare_with(rivals, &*pack);
    });
    state.chosen.set(OWN);
}
