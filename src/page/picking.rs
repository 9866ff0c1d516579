//! Which neurons the next run climbs.

use leptos::prelude::*;

use super::{state::State, words};
use crate::{
    nets::layer::LayerKind,
    spec::{MAX_UNITS, Position, RunSpec, Unit, query::number},
};

/// Lists another layer's units, and picks the first of them, unless a neuron is being added.
pub fn choose_layer(state: State, name: String) {
    state.layer.set(name);
    if !state.adding.get_untracked() {
        pick(state, 0);
    }
}

/// Reads convolutional units elsewhere from the next run on.
pub fn choose_position(state: State, position: Position) {
    state.position.set(position);
    if let (Some(index), false) = (untrack(|| state.picked()), state.adding.get_untracked()) {
        pick(state, index);
    }
}

/// Picks a unit of the layer that is listed for the next run: in place of those there are, or beside them where one is
/// being added.
pub fn pick(state: State, index: usize) {
    untrack(|| {
        let unit = state.with_layer(|layer, _| {
            let position = if layer.kind == LayerKind::Convolutional { state.position.get() } else { Position::Centre };
            Unit { position, ..Unit::new(layer.name.clone(), index) }
        });
        let Some(unit) = unit else { return };
        state.units.update(|units| {
            if !state.adding.get() {
                *units = vec![unit];
            } else if !units.contains(&unit) && units.len() < MAX_UNITS {
                units.push(unit);
            }
        });
        state.adding.set(false);
        state.status.set(words::picked(&state.picked_title()));
    });
}

/// Gives one of the picked neurons another weight, as text.
pub fn weigh(state: State, place: usize, text: &str) {
    let weighed = number("weight", text).and_then(|weight: f32| {
        let (Some(pack), Some(unit)) = (state.pack.get_untracked(), state.units.get_untracked().get(place).cloned())
        else {
            return Ok(());
        };
        let unit = Unit { weight, ..unit };
        let classifier = state.classifier.get_untracked();
        RunSpec { classifier, ..RunSpec::with_defaults(&*pack, unit.clone()) }.validate(&*pack)?;
        state.units.update(|units| units[place] = unit);
        Ok(())
    });
    if let Err(error) = weighed {
        state.notice.set(Some(error.to_string()));
    }
}

/// Takes one of the picked neurons out, unless it is the only one.
pub fn drop_unit(state: State, place: usize) {
    state.units.update(|units| {
        if units.len() > 1 && place < units.len() {
            units.remove(place);
        }
    });
}

/// Takes another of the pack's classifiers for the next run, and in it the output unit of the same class.
pub fn choose_classifier(state: State, name: &str) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    let Some(entry) = pack.classifier(name) else {
        return;
    };
    let class = untrack(|| state.picked().and_then(|index| state.listing().get(index).map(|class| class.id.clone())));
    let index = class.and_then(|id| entry.classes.iter().position(|class| class.id == id)).unwrap_or_default();
    // Neurons of two classifiers cannot be climbed together.
    state.adding.set(false);
    state.classifier.set(name.to_owned());
    state.layer.set(entry.output().map(|layer| layer.name.clone()).unwrap_or_default());
    pick(state, index);
}
