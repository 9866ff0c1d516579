//! Which small pictures are drawn next, and which are there.

use std::collections::HashMap;

use leptos::prelude::*;

use crate::{
    nets::layer::LayerKind,
    page::root::{Root, Tile, files::save_sheet, picking, run},
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

/// What identifies a small picture: classifier, layer, position and unit.
type Key = (String, String, String, usize);

/// The room's own state.
#[derive(Debug, Clone, Copy)]
pub struct Gallery {
    pub(super) root: Root,
    /// Whether the layer's pictures lie over the page.
    pub(super) open: RwSignal<bool>,
    /// How many of them are still to be drawn.
    pub(super) drawing: RwSignal<usize>,
    tiles: StoredValue<HashMap<Key, ArcRwSignal<Option<Tile>>>>,
    /// The unit that the latest order begins with.
    first: StoredValue<Option<usize>>,
}

impl Gallery {
    /// No pictures yet, and closed.
    pub fn new(root: Root) -> Self {
        let room = Self {
            root,
            open: RwSignal::new(false),
            drawing: RwSignal::new(0),
            tiles: StoredValue::new(HashMap::new()),
            first: StoredValue::new(None),
        };
        picking::on_other_layer(root, move || close(room));
        room
    }
}

fn key(classifier: &str, unit: &Unit) -> Key {
    let plain = Unit { weight: 1.0, index: 0, ..unit.clone() };
    (classifier.to_owned(), unit.layer.clone(), plain.to_string(), unit.index)
}

/// The unit of a tile of the layer that is listed.
fn unit(root: Root, index: usize) -> Option<Unit> {
    root.with_layer(|layer, _| {
        let position = if layer.kind == LayerKind::Convolutional { root.position.get() } else { Position::Centre };
        Unit { position, ..Unit::new(layer.name.clone(), index) }
    })
}

/// The picture of a unit of the layer that is listed, once it is drawn.
pub fn tile(room: Gallery, index: usize) -> ArcRwSignal<Option<Tile>> {
    let unit = untrack(|| unit(room.root, index)).unwrap_or_else(|| Unit::new(String::new(), index));
    let key = key(&room.root.classifier.get_untracked(), &unit);
    let tile = room.tiles.try_update_value(|tiles| tiles.entry(key).or_insert_with(|| ArcRwSignal::new(None)).clone());
    tile.unwrap_or_else(|| ArcRwSignal::new(None))
}

/// Has the pictures of the listed layer drawn that are not there yet, those from `first` on before those ahead of it,
/// sketches before pictures. The same order again is not sent: a list that scrolls asks often.
pub fn order(room: Gallery, first: usize) {
    let root = room.root;
    if room.first.get_value() == Some(first) {
        return;
    }
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    let classifier = root.classifier.get_untracked();
    let units = untrack(|| root.with_layer(|layer, _| layer.units)).unwrap_or_default();
    let spec = |index: usize, steps: u32, rate: f32| {
        let taken = tile(room, index).with_untracked(|tile| tile.as_ref().map_or(0, |tile| tile.steps));
        let unit = untrack(|| unit(root, index)).filter(|_| taken < steps)?;
        let mut spec = RunSpec::with_prior(&*pack, unit, Prior::Generator);
        spec.schedule.start *= rate;
        Some(RunSpec { classifier: classifier.clone(), steps, ..spec })
    };
    let first = first.min(units);
    // Pictures of another layer are drawn anew when it is looked at again.
    let layer = root.layer.get_untracked();
    room.tiles.update_value(|tiles| tiles.retain(|(of, in_layer, ..), _| *of == classifier && *in_layer == layer));
    let near = |index: &usize| units <= NEAR || index.abs_diff(first) < NEAR;
    (0..units).filter(|index| !near(index)).for_each(|index| forget(room, index));
    let units: Vec<usize> = (first..units).chain(0..first).filter(near).collect();
    let specs = units.chunks(SKETCHED).flat_map(|units| {
        let sketches = units.iter().filter_map(|&index| spec(index, SKETCH.0, SKETCH.1));
        sketches.chain(units.iter().filter_map(|&index| spec(index, STEPS, 1.0)))
    });
    send(room, Some(first), specs.collect());
}

/// Lets the picture of a unit of the listed layer go, if it has one.
fn forget(room: Gallery, index: usize) {
    let Some(unit) = untrack(|| unit(room.root, index)) else {
        return;
    };
    let key = key(&room.root.classifier.get_untracked(), &unit);
    if let Some(Some(tile)) = room.tiles.try_update_value(|tiles| tiles.remove(&key)) {
        tile.set(None);
    }
}

/// Draws no more of them.
pub fn stop(room: Gallery) {
    send(room, None, Vec::new());
}

/// Closes it, if it is open.
pub fn close(room: Gallery) {
    if room.open.get_untracked() {
        stop(room);
        room.open.set(false);
    }
}

fn send(room: Gallery, first: Option<usize>, specs: Vec<RunSpec>) {
    room.first.set_value(first);
    room.drawing.set(specs.len());
    run::order_tiles(room.root, specs, move |drawn| take(room, drawn));
}

/// Takes a picture from the worker.
fn take(room: Gallery, drawn: Tile) {
    let key = key(&room.root.classifier.get_untracked(), &drawn.unit);
    if drawn.latest {
        room.drawing.update(|left| *left = left.saturating_sub(1));
    }
    if let Some(tile) = room.tiles.with_value(|tiles| tiles.get(&key).cloned()) {
        tile.set(Some(drawn));
    }
}

/// Saves the pictures of the layer that is listed, as far as they are drawn, on one sheet.
pub fn save(room: Gallery) {
    let root = room.root;
    let units = untrack(|| root.with_layer(|layer, _| layer.units)).unwrap_or_default();
    let drawn: Vec<Picture> =
        (0..units).filter_map(|index| tile(room, index).get_untracked()).map(|tile| tile.picture).collect();
    let name = format!("{}-{}", root.classifier.get_untracked(), root.layer.get_untracked());
    save_sheet(root, &drawn, name, String::new());
}
