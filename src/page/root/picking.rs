//! Which neurons the next run climbs.

use leptos::prelude::*;

use super::{settings::Field, state::Root};
use crate::{
    nets::layer::LayerKind,
    page::words,
    spec::{MAX_UNITS, Position, SpecError, Unit},
};

/// Lists another layer's units, and picks the first of them, unless a neuron is being added.
pub fn choose_layer(root: Root, name: String) {
    root.layer.set(name);
    if !root.adding.get_untracked() {
        pick(root, 0);
    }
}

/// Does something once another layer, or another classifier's, is listed.
pub fn on_other_layer(root: Root, act: impl Fn() + 'static) {
    Effect::new(move |before: Option<(String, String)>| {
        let listed = (root.classifier.get(), root.layer.get());
        if before.is_some_and(|before| before != listed) {
            untrack(&act);
        }
        listed
    });
}

/// Reads convolutional units elsewhere from the next run on.
pub fn choose_position(root: Root, position: Position) {
    root.position.set(position);
    if let (Some(index), false) = (untrack(|| root.picked()), root.adding.get_untracked()) {
        pick(root, index);
    }
}

/// Picks a unit of the layer that is listed for the next run: in place of those there are, or beside them where one is
/// being added.
pub fn pick(root: Root, index: usize) {
    untrack(|| {
        let unit = root.with_layer(|layer, _| {
            let position = if layer.kind == LayerKind::Convolutional { root.position.get() } else { Position::Centre };
            Unit { position, ..Unit::new(layer.name.clone(), index) }
        });
        let Some(unit) = unit else { return };
        if !root.adding.get() {
            root.change_settings(|settings| settings.forget_weights(None));
        }
        root.units.update(|units| {
            if !root.adding.get() {
                *units = vec![unit];
            } else if !units.contains(&unit) && units.len() < MAX_UNITS {
                units.push(unit);
            }
        });
        root.adding.set(false);
        root.status.set(words::picked(&root.picked_title()));
    });
}

/// Gives one of the picked neurons another weight, as text; where that is none, its field says so.
pub fn weigh(root: Root, place: usize, text: String) {
    root.change_settings(|settings| settings.write(Field::Weight(place), text));
    if let Some(Ok(weighed)) = untrack(|| weighed(root, place)) {
        root.units.update(|units| units[place] = weighed);
    }
}

/// One of the picked neurons with the weight that is typed for it, or what is wrong with that.
pub fn weighed(root: Root, place: usize) -> Option<Result<Unit, SpecError>> {
    let (pack, classifier) = (root.pack.get()?, root.classifier.get());
    let unit = root.units.with(|units| units.get(place).cloned())?;
    root.with_settings(|settings| settings.weighed(place, &unit, &classifier, &*pack))
}

/// Takes one of the picked neurons out, unless it is the only one.
pub fn drop_unit(root: Root, place: usize) {
    if root.units.with_untracked(|units| units.len() > 1 && place < units.len()) {
        root.change_settings(|settings| settings.forget_weights(Some(place)));
        root.units.update(|units| drop(units.remove(place)));
    }
}

/// Takes another of the pack's classifiers for the next run, and in it the output unit of the same class.
pub fn choose_classifier(root: Root, name: &str) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    let Some(entry) = pack.classifier(name) else {
        return;
    };
    let picked = untrack(|| root.picked().map(|index| Unit::new(root.layer.get(), index)));
    let same = picked.and_then(|unit| pack.counterpart(&unit, &root.classifier.get_untracked(), name));
    // Neurons of two classifiers cannot be climbed together.
    root.adding.set(false);
    root.classifier.set(name.to_owned());
    root.layer.set(entry.output().map(|layer| layer.name.clone()).unwrap_or_default());
    pick(root, same.map_or(0, |unit| unit.index));
}
