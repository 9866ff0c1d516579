//! What the page knows, as signals, in one place. [`super::run`] and [`super::picking`] change it; everything else reads it.

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;

use super::{engine::Engine, log::Log, neurons, progress::Tally, settings::Settings};
use crate::{
    engine::protocol::{Device, Own, Steps},
    nets::layer::Layer,
    pack::manifest::{Class, ClassifierEntry, Manifest},
    page::browser::site::{PackName, Place},
    picture::{Guess, Picture, Pixels},
    spec::{EngineChoice, Position, RunSpec, Unit},
};

/// A network of the visitor's own.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnNetwork {
    /// Its name among the classifiers.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Its description.
    pub json: String,
    /// Name of its file of weights in that description.
    pub file: String,
    /// Where its weights are.
    pub address: String,
    /// Bytes of its weights.
    pub bytes: u64,
    /// Whether it is in the browser's own storage.
    pub is_kept: bool,
}

impl OwnNetwork {
    /// The engine's word for it.
    pub fn of_engine(&self) -> Own {
        Own { json: self.json.clone(), weights: (self.file.clone(), self.address.clone()) }
    }
}

/// Where the page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The pack's description is on its way.
    Opening,
    /// Nothing goes on, and nothing is wrong.
    Idle,
    /// The engine and the networks are on their way, or being prepared.
    Loading,
    /// A run goes on.
    Running,
    /// A run is held.
    Paused,
    /// A run has taken all its steps.
    Finished,
    /// Something went wrong, and a notice says what.
    Failed,
}

impl Phase {
    /// Whether there is a run to pause, step or stop.
    pub fn has_run(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// A picture to start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartImage {
    /// Its name, if it comes with the page.
    pub name: Option<String>,
    /// What it is called before people.
    pub title: String,
    /// The picture at the size of the pack's images.
    pub pixels: Pixels,
}

/// What a run that was asked for lacks, which somebody else has to bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacking {
    /// The pack, which did not arrive.
    Pack,
    /// The picture that it starts from; its name where it comes with the page.
    Picture(Option<String>),
}

/// What a notice offers beside being dismissed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The notice; once another is there, this is offered no more.
    pub notice: String,
    /// The way on.
    pub way: Way,
}

/// A way on from a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Another run, whose address is opened in place of this one.
    Open {
        /// What the link says.
        title: String,
        /// The run as a query, without its `?`.
        query: String,
    },
    /// The page is loaded anew; its address keeps the run.
    Reload,
}

/// A small picture of a unit from the worker.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The unit.
    pub unit: Unit,
    /// Steps taken.
    pub steps: u32,
    /// The picture.
    pub picture: Picture,
    /// Whether it is of the latest order.
    pub latest: bool,
}

/// Chooses the run's own picture among those compared: it is the last one.
pub const OWN_LANE: usize = usize::MAX;

/// How many times as wide and high as it is a picture can be saved.
pub const ENLARGEMENTS: [u32; 3] = [1, 2, 4];

/// Most pictures side by side.
pub const MAX_LANES: usize = 9;

/// The numbers beside the pictures shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Steps taken.
    pub step: u32,
    /// Steps that the run takes.
    pub steps: u32,
    /// The strongest activation of a real image, where that is known.
    pub reference: Option<f32>,
    /// Picture by picture.
    pub lanes: Vec<Lane>,
}

/// The numbers of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The objective.
    pub activation: f32,
    /// The likeliest classes, likeliest first.
    pub top: Vec<Guess>,
}

/// What a judge sees in the pictures shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    /// Its name in the pack.
    pub judge: String,
    /// The likeliest class of each picture.
    pub lanes: Vec<Option<Guess>>,
}

/// The page's state: the signals there are, for as long as the page is. Copies share them; since every view and every
/// listener holds one, it is no larger than an address.
#[derive(Debug, Clone, Copy)]
pub struct Root(&'static Signals);

impl std::ops::Deref for Root {
    type Target = Signals;

    fn deref(&self) -> &Signals {
        self.0
    }
}

/// What a [`Root`] is made of.
#[derive(Debug)]
pub struct Signals {
    /// Where the page stands.
    pub phase: RwSignal<Phase>,
    /// The sentence in the live region.
    pub status: RwSignal<String>,
    /// What went wrong, until it is dismissed.
    pub notice: RwSignal<Option<String>>,
    /// What the notice offers.
    pub offer: RwSignal<Option<Offer>>,
    /// The packs that the site has, where it says.
    pub packs: RwSignal<Vec<PackName>>,
    /// The pack.
    pub pack: RwSignal<Option<Arc<Manifest>>>,
    /// Networks of the visitor's own, those that have joined the pack and those that do not fit it.
    pub own: RwSignal<Vec<OwnNetwork>>,
    /// A network of somebody's own that a link is to and that is not here, by name, with the link's query.
    pub missing: RwSignal<Option<(String, String)>>,
    /// The classifier whose neurons are listed.
    pub classifier: RwSignal<String>,
    /// The layer whose units are listed.
    pub layer: RwSignal<String>,
    /// Where a convolutional unit is read.
    pub position: RwSignal<Position>,
    /// The units that the next run climbs.
    pub units: RwSignal<Vec<Unit>>,
    /// Whether the next neuron that is picked joins those there are.
    pub adding: RwSignal<bool>,
    /// The picture to start from.
    pub image: RwSignal<Option<StartImage>>,
    /// Whether another picture to start from is being read; a run waits for it.
    pub image_due: RwSignal<bool>,
    /// What the run that was asked for lacks; whoever brings it takes this away, and runs.
    pub lacking: RwSignal<Option<Lacking>>,
    /// The fields under “More”; none before the pack is there.
    pub settings: RwSignal<Option<Settings>>,
    /// Whether “More” is open.
    pub more: RwSignal<bool>,
    /// Whether the worker is there and takes runs and questions.
    pub ready: RwSignal<bool>,
    /// How much has been loaded.
    pub tally: RwSignal<Tally>,
    /// The engine at work.
    pub device: RwSignal<Option<Device>>,
    /// How fast it is.
    pub steps_per_second: RwSignal<Option<f32>>,
    /// How the run's steps are computed, where that is on a graphics processor.
    pub steps_computed: RwSignal<Option<Steps>>,
    /// The run whose picture is shown before one is drawn here: it was drawn beforehand.
    pub beforehand: RwSignal<Option<Arc<RunSpec>>>,
    /// The run whose pictures are shown.
    pub drawn: RwSignal<Option<Arc<RunSpec>>>,
    /// Steps that the run has taken; the pictures may be of an earlier one.
    pub reached: RwSignal<u32>,
    /// The numbers beside those pictures.
    pub reading: RwSignal<Option<Reading>>,
    /// The activations of each picture, step by step.
    pub activations: RwSignal<Vec<Vec<f32>>>,
    /// What another classifier sees in the pictures shown, once they have been judged.
    pub verdicts: RwSignal<Option<Verdicts>>,
    /// Which of the pictures the numbers are of; the last one where there are not so many. See [`Self::chosen_lane`].
    pub chosen: RwSignal<usize>,
    /// The pictures, pixel by pixel.
    pub canvases: [NodeRef<leptos::html::Canvas>; MAX_LANES],
    /// Whether they are seen as exactly these pixels, and not smoothly enlarged.
    pub exact: RwSignal<bool>,
    /// How many times as wide and high as it is a picture is saved.
    pub enlargement: RwSignal<u32>,
    /// Whether smaller networks are offered, as little may be loaded or little memory is there.
    pub offers_small: RwSignal<bool>,
    /// What is no concern of anybody outside.
    pub(super) inner: StoredValue<Inner, LocalStorage>,
}

/// Who hears of small pictures.
pub(super) type HearTile = Rc<dyn Fn(Tile)>;

/// What the root keeps for itself.
#[derive(Default)]
pub(super) struct Inner {
    /// The worker, if there is one.
    pub engine: Option<Engine>,
    /// Classifier and engine that the worker was started for.
    pub loaded_for: (String, EngineChoice),
    /// The networks of the visitor's own that it knows.
    pub own_known: Vec<Own>,
    /// Why the fields make no run, as it was said when one was asked for.
    pub refusal: Option<String>,
    /// The run that waits for the worker.
    pub waiting: Option<RunSpec>,
    /// The last run that the worker was asked for, and its number.
    pub current: Option<Arc<RunSpec>>,
    pub number: u32,
    /// Number of the last order of small pictures, and who hears of them.
    pub order: u32,
    pub hear_tile: Option<HearTile>,
    /// Whether the graphics processor failed the last time.
    pub avoid_graphics: bool,
    /// Where the pack's files are.
    pub place: Place,
    /// The log of the run.
    pub log: Log,
}

impl Root {
    /// A page that knows nothing yet.
    pub fn new() -> Self {
        let signals = Signals {
            phase: RwSignal::new(Phase::Opening),
            status: RwSignal::new(String::new()),
            notice: RwSignal::new(None),
            offer: RwSignal::new(None),
            packs: RwSignal::new(Vec::new()),
            pack: RwSignal::new(None),
            own: RwSignal::new(Vec::new()),
            missing: RwSignal::new(None),
            classifier: RwSignal::new(String::new()),
            layer: RwSignal::new(String::new()),
            position: RwSignal::new(Position::Centre),
            units: RwSignal::new(Vec::new()),
            adding: RwSignal::new(false),
            image: RwSignal::new(None),
            image_due: RwSignal::new(false),
            lacking: RwSignal::new(None),
            settings: RwSignal::new(None),
            more: RwSignal::new(false),
            ready: RwSignal::new(false),
            tally: RwSignal::new(Tally::default()),
            device: RwSignal::new(None),
            steps_per_second: RwSignal::new(None),
            steps_computed: RwSignal::new(None),
            beforehand: RwSignal::new(None),
            drawn: RwSignal::new(None),
            reached: RwSignal::new(0),
            reading: RwSignal::new(None),
            activations: RwSignal::new(Vec::new()),
            verdicts: RwSignal::new(None),
            chosen: RwSignal::new(0),
            canvases: std::array::from_fn(|_| NodeRef::new()),
            exact: RwSignal::new(false),
            enlargement: RwSignal::new(ENLARGEMENTS[2]),
            offers_small: RwSignal::new(false),
            inner: StoredValue::new_local(Inner::default()),
        };
        // A page lasts as long as the program does.
        Self(Box::leak(Box::new(signals)))
    }

    /// Asks the fields, once there are any.
    pub fn with_settings<T>(&self, ask: impl FnOnce(&Settings) -> T) -> Option<T> {
        self.settings.with(|settings| settings.as_ref().map(ask))
    }

    /// Changes the fields, once there are any.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        self.settings.update(|settings| {
            if let Some(settings) = settings {
                change(settings);
            }
        });
    }

    /// The number of the run that the worker was asked for last.
    pub fn run_number(&self) -> u32 {
        self.inner.with_value(|inner| inner.number)
    }

    /// Where the pack's files are.
    pub fn place(&self) -> Place {
        self.inner.with_value(|inner| inner.place.clone())
    }

    /// Asks the classifier whose neurons are listed; `None` before the pack is there.
    pub fn with_entry<T>(&self, ask: impl FnOnce(&ClassifierEntry) -> T) -> Option<T> {
        let classifier = self.classifier.get();
        self.pack.with(|pack| pack.as_ref().and_then(|pack| pack.classifier(&classifier).map(ask)))
    }

    /// Asks about the layer whose units are listed.
    pub fn with_layer<T>(&self, ask: impl FnOnce(&Layer, &ClassifierEntry) -> T) -> Option<T> {
        let name = self.layer.get();
        self.with_entry(|entry| entry.layer(&name).map(|layer| ask(layer, entry))).flatten()
    }

    /// The units listed: names and ids.
    pub fn listing(&self) -> Vec<Class> {
        self.with_layer(neurons::listing).unwrap_or_default()
    }

    /// The unit of the layer listed that is picked, if it is one and nothing else.
    pub fn picked(&self) -> Option<usize> {
        let layer = self.layer.get();
        self.units.with(|units| neurons::unit_of(units, &layer))
    }

    /// What is picked, by name; empty before the pack is there.
    pub fn picked_title(&self) -> String {
        self.with_entry(|entry| self.units.with(|units| neurons::title(units, entry))).unwrap_or_default()
    }
}

impl Default for Root {
    fn default() -> Self {
        Self::new()
    }
}
