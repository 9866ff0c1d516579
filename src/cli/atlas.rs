//! `dgn atlas`: the pictures of a pack's units, drawn beforehand for the page to show at once.
//!
//! Each picture is a PNG file of its own in a folder of work, with its run in it, so that what is broken off goes on where it
//! was, and parts can be drawn by many computers. Once all are there, they are put together to sheets.
//!
//! The processor computes here as WebAssembly does, bit for bit: what the page shows beforehand is what it then draws where it has no
//! graphics processor, and which computer drew it makes no difference.

mod sheets;

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use super::{CliError, device, drawing::drawn, evaluate::part, open, synthesize, words};
use crate::{
    engine::{self, EngineError},
    pack::{
        DEFAULT_PACK, Files,
        disk::Folder,
        manifest::{ClassifierEntry, Manifest},
    },
    picture::{self, Picture},
    spec::{Catalogue, EngineChoice, RunSpec, Unit, query},
    stamp,
};

/// Where the pictures are within the folder of work, and by what they were drawn.
const PICTURES: &str = "units";
const DRAWN_BY: &str = "drawn-by.json";

/// A layer, and its units that are wanted; all where nothing is said.
type Units = (String, Option<[usize; 2]>);

/// `dgn atlas`.
#[derive(Debug, Args)]
#[command(
    after_help = "The folder of work keeps each picture; what is there is not drawn again. Parts can be drawn by many \
                  computers: dgn atlas --part 3/16 --out DIR draws the third of sixteen. With the pictures of all of them in \
                  one DIR/units, the same command without --part puts the sheets together. Those that a processor has \
                  drawn are the very ones that the page draws on one."
)]
pub(super) struct Atlas {
    /// Name of the pack.
    #[arg(long, default_value = DEFAULT_PACK)]
    pack: String,
    /// Name of the classifier; the pack's first one where none is named.
    #[arg(long)]
    classifier: Option<String>,
    /// A layer whose units are drawn, all or some of them, the last one left out: fc8, or conv3:0..20; may be given many times.
    /// The output layer where none is named.
    #[arg(long = "layer", value_name = "NAME[:FROM..TO]", value_parser = layer)]
    layers: Vec<Units>,
    /// Draw these units only of each layer for which nothing else is said.
    #[arg(long, value_name = "FROM..TO", value_parser = range)]
    units: Option<[usize; 2]>,
    /// Draw one part of the pictures, and put no sheets together.
    #[arg(long, value_name = "I/N", value_parser = part)]
    part: Option<[usize; 2]>,
    /// Quality of the sheets, which are JPEG files.
    #[arg(long, default_value_t = 90, value_name = "Q", value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Put the sheets into the pack too, in place of those it has.
    #[arg(long, conflicts_with = "part")]
    add: bool,
    /// Which engine computes.
    #[arg(long, value_enum, default_value_t = synthesize::Engine::Cpu)]
    engine: synthesize::Engine,
    /// Folder of work, where pictures, sheets and atlas.json are written; made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Reads `FROM..TO`.
fn range(text: &str) -> Result<[usize; 2], String> {
    let numbers = text.split_once("..").and_then(|(from, to)| Some([from.parse().ok()?, to.parse().ok()?]));
    let sound = numbers.filter(|[from, to]| from < to);
    sound.ok_or_else(|| format!("“{text}” is no range of units; 0..20 is the first twenty"))
}

/// Reads a layer, with a range of units or without.
fn layer(text: &str) -> Result<Units, String> {
    let (name, units) = text.split_once(':').map_or((text, None), |(name, units)| (name, Some(units)));
    Ok((name.to_owned(), units.map(range).transpose()?))
}

/// By what the pictures of a folder were drawn.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct DrawnBy {
    /// See [`crate::pack::manifest::Atlas::weights`].
    weights: String,
    /// See [`crate::pack::manifest::Atlas::run`].
    run: String,
}

/// A picture that is wanted: its run, and its file.
struct Wanted {
    run: RunSpec,
    unit: Unit,
    path: PathBuf,
}

impl Wanted {
    /// Its query, as it stands in the file.
    fn query(&self) -> String {
        query::write(&self.run, EngineChoice::Auto)
    }

    /// The picture, if the file is there.
    fn read(&self, manifest: &Manifest) -> Result<Option<picture::Pixels>, CliError> {
        if !self.path.exists() {
            return Ok(None);
        }
        let failed = |error| CliError::Read { path: self.path.clone(), error };
        let file = fs::read(&self.path).map_err(failed)?;
        let is_it = stamp::read(&file) == Some(Ok(self.query()));
        let pixels = picture::decoded(&file).ok().filter(|pixels| {
            [pixels.width as usize, pixels.height as usize] == [manifest.image.width, manifest.image.height]
        });
        let other = || CliError::OtherPicture { path: self.path.clone(), unit: self.unit.to_string() };
        pixels.filter(|_| is_it).map(Some).ok_or_else(other)
    }

    /// Writes the picture, whole or not at all.
    fn write(&self, picture: &Picture) -> Result<(), CliError> {
        let png = picture::png(&picture.rgba, picture.width, picture.height, 1)?;
        let begun = self.path.with_extension("part");
        let written = fs::write(&begun, stamp::write(png, &self.query())).and_then(|()| fs::rename(&begun, &self.path));
        written.map_err(|error| CliError::Write { path: self.path.clone(), error })
    }
}

impl Atlas {
    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        let (folder, manifest) = open(weights, &self.pack)?;
        let entry = manifest.entry(self.classifier.as_deref().unwrap_or(manifest.default_classifier()))?;
        let mut wanted = self.wanted(&manifest, entry)?;
        let (weights, run) = manifest.drawn_by(&entry.name).unwrap_or_default();
        self.claim(&DrawnBy { weights, run })?;

        let [part, parts] = self.part.unwrap_or([0, 1]);
        let (mut missing, mut count) = (Vec::new(), 0);
        for wanted in wanted.iter().skip(part).step_by(parts) {
            count += 1;
            if wanted.read(&manifest)?.is_none() {
                missing.push(wanted);
            }
        }
        if !missing.is_empty() {
            self.draw(&folder, &manifest, entry, &missing)?;
        }
        if self.part.is_some() {
            say!("{count} pictures of this part are in {}", self.out.join(PICTURES).display());
            return Ok(());
        }
        // Those whose runs stop early have none.
        wanted.retain(|wanted| wanted.path.exists());
        let made = sheets::put_together(&manifest, entry, &wanted, self.quality)?;
        made.write(&self.out)?;
        say!("{made}");
        if self.add {
            made.add(&folder, &manifest, entry)?;
        }
        Ok(())
    }

    /// The pictures that are wanted, in the order of the sheets.
    fn wanted(&self, manifest: &Manifest, entry: &ClassifierEntry) -> Result<Vec<Wanted>, CliError> {
        let output = entry.output().map(|layer| (layer.name.clone(), None));
        let layers = if self.layers.is_empty() { output.into_iter().collect() } else { self.layers.clone() };
        let mut wanted = Vec::new();
        for (layer, units) in layers {
            let layer = entry.known_layer(&layer)?;
            let [from, to] = units.or(self.units).unwrap_or([0, layer.units]);
            if from >= layer.units {
                return Err(CliError::NoUnits { from, to, layer: layer.name.clone(), units: layer.units });
            }
            for index in from..to.min(layer.units) {
                let unit = Unit::new(layer.name.clone(), index);
                let run = manifest.default_run(&entry.name, unit.clone());
                run.validate(manifest)?;
                let path = self.out.join(PICTURES).join(format!("{}-{index}.png", layer.name.replace('/', "_")));
                wanted.push(Wanted { run, unit, path });
            }
        }
        Ok(wanted)
    }

    /// Makes the folder of work, or makes sure that the pictures in it are by the same weights and run.
    fn claim(&self, by: &DrawnBy) -> Result<(), CliError> {
        let (pictures, path) = (self.out.join(PICTURES), self.out.join(DRAWN_BY));
        fs::create_dir_all(&pictures).map_err(|error| CliError::Write { path: pictures, error })?;
        if path.exists() {
            let before = fs::read(&path).map_err(|error| CliError::Read { path: path.clone(), error })?;
            let same = serde_json::from_slice::<DrawnBy>(&before).is_ok_and(|before| before == *by);
            return same.then_some(()).ok_or_else(|| CliError::OtherAtlas { folder: self.out.clone() });
        }
        let write = || fs::write(&path, serde_json::to_vec_pretty(by)?);
        write().map_err(|error| CliError::Write { path: path.clone(), error })
    }

    /// Draws pictures one after the other, each as the page draws it: alone.
    fn draw(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        entry: &ClassifierEntry,
        missing: &[&Wanted],
    ) -> Result<(), CliError> {
        let files = pollster::block_on(Files::load(folder, manifest, entry, |_| {}))?;
        let opened = device(self.engine.into(), true)?;
        eprintln!("{} on {}", opened.2.engine.name(), words::hardware(&opened.2.hardware));
        let mut models = vec![Rc::new(engine::model(manifest, entry, &files, &opened.0)?)];
        let runs: Vec<RunSpec> = missing.iter().map(|wanted| wanted.run.clone()).collect();
        pollster::block_on(engine::prepare(folder, manifest, &mut models, &runs))?;
        let bar = ProgressBar::new(missing.len() as u64).with_style(
            ProgressStyle::with_template("{bar:40} {pos}/{len} pictures, {eta} left {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        for wanted in missing {
            match drawn(manifest, &models, &opened, &wanted.run) {
                Err(CliError::Engine(problem @ (EngineError::NoGradient { .. } | EngineError::NotANumber { .. }))) => {
                    bar.suspend(|| eprintln!("{} is left out. {}", wanted.unit, words::engine(&problem)));
                }
                pictures => pictures?.first().map_or(Ok(()), |picture| wanted.write(picture))?,
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }
}
