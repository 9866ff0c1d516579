//! A layer's units as small pictures: which are drawn next, and which are there.
//!
//! The worker draws them in the order it is given whenever no run goes on: first a sketch of each, so that a whole layer
//! is soon there, then the picture. Scrolling gives it a new order, what is in sight first; what has been drawn is kept
//! for as long as the page has the same pack, classifier and settings.

use std::collections::HashMap;

use leptos::prelude::*;

use super::{frames, saving, state::State};
use crate::{
    engine::protocol::Request,
    nets::layer::LayerKind,
    picture::Picture,
    spec::{Position, Prior, RunSpec, Unit},
};

/// Steps of a small picture: enough to see what it becomes.
const STEPS: u32 = 20;
/// Steps of a sketch, and its learning rate as a multiple of the pack's: what comes of so few is faint otherwise.
const SKETCH: (u32, f32) = (3, 2.0);
/// How many units are sketched before the first of them is drawn further.
const SKETCHED: usize = 256;
/// Of a layer with more units, those are drawn that are less far from the first in sight; other pictures are let go.
const NEAR: usize = 512;

/// A small picture, and the steps that it took.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The picture.
    pub picture: Picture,
    /// Its steps.
    pub steps: u32,
}

/// What identifies a small picture: classifier, layer, position and unit.
type Key = (String, String, String, usize);

/// The small pictures, drawn or waited for.
#[derive(Debug, Clone, Default)]
pub struct Gallery {
    tiles: HashMap<Key, ArcRwSignal<Option<Tile>>>,
    /// Number of the latest order, and the unit it begins with.
    number: u32,
    first: Option<usize>,
}

fn key(classifier: &str, unit: &Unit) -> Key {
    let plain = Unit { weight: 1.0, index: 0, ..unit.clone() };
    (classifier.to_owned(), unit.layer.clone(), plain.to_string(), unit.index)
}

/// The unit of a tile of the layer that is listed.
fn unit(state: State, index: usize) -> Option<Unit> {
    state.with_layer(|layer, _| {
        let position = if layer.kind == LayerKind::Convolutional { state.position.get() } else { Position::Centre };
        Unit { position, ..Unit::new(layer.name.clone(), index) }
    })
}

/// The picture of a unit of the layer that is listed, once it is drawn.
pub fn tile(state: State, index: usize) -> ArcRwSignal<Option<Tile>> {
    let unit = untrack(|| unit(state, index)).unwrap_or_else(|| Unit::new(String::new(), index));
    let key = key(&state.classifier.get_untracked(), &unit);
    let tile = state
        .gallery
        .try_update_value(|gallery| gallery.tiles.entry(key).or_insert_with(|| ArcRwSignal::new(None)).clone());
    tile.unwrap_or_else(|| ArcRwSignal::new(None))
}

/// Has the pictures of the listed layer drawn that are not there yet, those from `first` on before those ahead of it,
/// sketches before pictures. The same order again is not sent: a list that scrolls asks often.
pub fn order(state: State, first: usize) {
    if state.gallery.with_value(|gallery| gallery.first == Some(first)) {
        return;
    }
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    let classifier = state.classifier.get_untracked();
    let units = untrack(|| state.with_layer(|layer, _| layer.units)).unwrap_or_default();
    let spec = |index: usize, steps: u32, rate: f32| {
        let taken = tile(state, index).with_untracked(|tile| tile.as_ref().map_or(0, |tile| tile.steps));
        let unit = untrack(|| unit(state, index)).filter(|_| taken < steps)?;
        let mut spec = RunSpec::with_prior(&*pack, unit, Prior::Generator);
        spec.schedule.start *= rate;
        Some(RunSpec { classifier: classifier.clone(), steps, ..spec })
    };
    let first = first.min(units);
    // Pictures of another layer are drawn anew when it is looked at again.
    let layer = state.layer.get_untracked();
    state
        .gallery
        .update_value(|gallery| gallery.tiles.retain(|(of, in_layer, ..), _| *of == classifier && *in_layer == layer));
    let near = |index: &usize| units <= NEAR || index.abs_diff(first) < NEAR;
    (0..units).filter(|index| !near(index)).for_each(|index| forget(state, index));
    let units: Vec<usize> = (first..units).chain(0..first).filter(near).collect();
    let specs = units.chunks(SKETCHED).flat_map(|units| {
        let sketches = units.iter().filter_map(|&index| spec(index, SKETCH.0, SKETCH.1));
        sketches.chain(units.iter().filter_map(|&index| spec(index, STEPS, 1.0)))
    });
    send(state, Some(first), specs.collect());
}

/// Lets the picture of a unit of the listed layer go, if it has one.
fn forget(state: State, index: usize) {
    let Some(unit) = untrack(|| unit(state, index)) else {
        return;
    };
    let key = key(&state.classifier.get_untracked(), &unit);
    if let Some(Some(tile)) = state.gallery.try_update_value(|gallery| gallery.tiles.remove(&key)) {
        tile.set(None);
    }
}

/// Draws no more of them.
pub fn stop(state: State) {
    send(state, None, Vec::new());
}

fn send(state: State, first: Option<usize>, specs: Vec<RunSpec>) {
    let number = state.gallery.try_update_value(|gallery| {
        gallery.first = first;
        gallery.number = gallery.number.wrapping_add(1);
        gallery.number
    });
    let gallery = number.unwrap_or_default();
    state.drawing.set(specs.len());
    state.inner.with_value(|inner| {
        if let (Some(engine), true) = (&inner.engine, inner.ready) {
            engine.send(&Request::Gallery { gallery, specs });
        }
    });
}

/// Takes a picture from the worker.
pub fn take(state: State, number: u32, unit: &Unit, drawn: Tile) {
    let key = key(&state.classifier.get_untracked(), unit);
    let tile = state.gallery.with_value(|gallery| gallery.tiles.get(&key).cloned());
    if let Some(tile) = tile {
        tile.set(Some(drawn));
    }
    if state.gallery.with_value(|gallery| gallery.number == number) {
        state.drawing.update(|left| *left = left.saturating_sub(1));
    }
}

/// Saves the pictures of the layer that is listed, as far as they are drawn, on one sheet.
pub fn save(state: State) {
    let units = untrack(|| state.with_layer(|layer, _| layer.units)).unwrap_or_default();
    let drawn: Vec<Picture> =
        (0..units).filter_map(|index| tile(state, index).get_untracked()).map(|tile| tile.picture).collect();
    let name = format!("{}-{}", state.classifier.get_untracked(), state.layer.get_untracked());
    saving::of_pictures(state, &drawn, name, String::new());
}

/// Draws a picture onto its canvas.
pub fn draw(canvas: NodeRef<leptos::html::Canvas>, picture: &Picture) {
    // A canvas that cannot be drawn on stays empty; the page has said why where it matters, at the large picture.
    let _ = frames::draw(canvas, picture);
}
