//! Which picture stands in the frame before one is drawn here.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use web_sys::Blob;

use crate::{
    nets::layer::LayerKind,
    pack::manifest::{AtlasTile, ImageShape},
    page::{
        browser::{canvas, site},
        root::{Root, picking},
    },
    spec::{Position, RunSpec},
};

/// The room's own state.
#[derive(Debug, Clone, Copy)]
pub struct Atlas {
    pub(super) root: Root,
    /// Whether the layer's pictures lie over the page.
    pub(super) open: RwSignal<bool>,
    held: StoredValue<Held, LocalStorage>,
}

/// How much of a layer was drawn beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// No unit.
    Nothing,
    /// So many of its units.
    Some(usize),
    /// Every unit.
    All,
}

/// What need not be fetched again.
#[derive(Debug, Default)]
struct Held {
    /// The picture that stands in the frame, or will.
    wanted: Option<Piece>,
    /// The sheet that was fetched last, by its address.
    sheet: Option<(String, Blob)>,
}

/// A picture on a sheet, and the run that drew it.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    run: RunSpec,
    /// Address of the sheet, and its size in bytes.
    sheet: (String, u64),
    /// Left and upper edge.
    corner: [usize; 2],
    size: ImageShape,
}

impl Atlas {
    /// Closed; from now on the frame shows what is to be had.
    pub fn new(root: Root) -> Self {
        let room = Self { root, open: RwSignal::new(false), held: StoredValue::new_local(Held::default()) };
        Effect::new(move || follow(room, piece(room)));
        picking::on_other_layer(root, move || room.open.set(false));
        room
    }

    /// How much of the layer that is listed was drawn beforehand.
    pub fn of_layer(self) -> Drawn {
        let root = self.root;
        let drawn = || {
            let (pack, classifier, layer) = (root.pack.get()?, root.classifier.get(), root.layer.get());
            let drawn = pack.atlas(&classifier)?.units(&layer);
            let layer = pack.classifier(&classifier)?.layer(&layer)?;
            // Units of maps were drawn at the middle of these.
            let is_elsewhere = layer.kind == LayerKind::Convolutional && root.position.get() != Position::Centre;
            match drawn {
                0 => None,
                _ if is_elsewhere => None,
                drawn if drawn == layer.units => Some(Drawn::All),
                drawn => Some(Drawn::Some(drawn)),
            }
        };
        drawn().unwrap_or(Drawn::Nothing)
    }

    /// Address of a picture's sheet. Another content has another address, or a browser might show what it has kept.
    pub(super) fn address(self, tile: &AtlasTile) -> String {
        let picture = &tile.sheet.picture;
        let version = picture.sha256.get(..8).unwrap_or_default();
        format!("{}?v={version}", self.root.place().address(&picture.file))
    }
}

/// What the next run will draw, if it was drawn beforehand and nothing was drawn here.
fn piece(room: Atlas) -> Option<Piece> {
    let root = room.root;
    if root.reading.with(Option::is_some) {
        return None;
    }
    let (run, pack) = (root.next_run()?, root.pack.get()?);
    let tile = pack.drawn_beforehand(&run)?;
    let [width, height] = pack.atlas_cell();
    let (corner, size) = ([tile.column * width, tile.row * height], pack.image);
    let sheet = (room.address(&tile), tile.sheet.picture.bytes);
    Some(Piece { run, sheet, corner, size })
}

/// Has the frame show a picture, or none.
fn follow(room: Atlas, wanted: Option<Piece>) {
    let root = room.root;
    if room.held.with_value(|held| held.wanted == wanted) {
        return;
    }
    room.held.update_value(|held| held.wanted.clone_from(&wanted));
    match wanted {
        Some(piece) => spawn_local(show(room, piece)),
        None if root.beforehand.with_untracked(Option::is_some) => {
            root.beforehand.set(None);
            // What is drawn here stays.
            if let (None, Some(canvas)) = (root.reading.get_untracked(), root.canvases[0].get_untracked()) {
                canvas.set_width(canvas.width());
            }
        }
        None => {}
    }
}

/// Fetches a picture and puts it into the frame, unless the run has begun meanwhile, or is another.
async fn show(room: Atlas, piece: Piece) {
    let root = room.root;
    let bitmap = match sheet(room, &piece.sheet).await {
        Some(sheet) => canvas::part(&sheet, piece.corner, piece.size).await.ok(),
        // Nobody has asked for it, and the run goes its way.
        None => None,
    };
    let is_due = root.reading.with_untracked(Option::is_none)
        && room.held.with_value(|held| held.wanted.as_ref() == Some(&piece));
    if is_due {
        let canvas = root.canvases[0].get_untracked();
        let shown = bitmap.zip(canvas).is_some_and(|(bitmap, canvas)| canvas::show(&canvas, &bitmap).is_ok());
        root.beforehand.set(shown.then(|| Arc::new(piece.run)));
    }
}

/// Fetches a sheet, unless it is there; none that is not as long as the pack says.
async fn sheet(room: Atlas, (address, bytes): &(String, u64)) -> Option<Blob> {
    let known = room.held.with_value(|held| held.sheet.clone().filter(|(other, _)| other == address));
    if let Some((_, sheet)) = known {
        return Some(sheet);
    }
    let sheet = site::picture(address, *bytes).await.ok().filter(|sheet| sheet.size() == *bytes as f64)?;
    room.held.update_value(|held| held.sheet = Some((address.clone(), sheet.clone())));
    Some(sheet)
}
