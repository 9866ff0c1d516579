//! `dgn synthesize`: preferred images of units, as PNG files and one `runs.json`.

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{CliError, device, numbers::Numbers, open, words};
use crate::{
    ascent::Given,
    engine::{
        self, Session,
        protocol::{ComputedBy, Steps},
    },
    pack::{
        DEFAULT_PACK, Files,
        manifest::{ClassifierEntry, Manifest},
    },
    picture::{self, Guess, Picture},
    spec::{
        Catalogue, EngineChoice, Prior, RunSpec, SpecError, Start, Unit, parameter,
        query::{self, Query},
    },
    stamp,
};

/// What a query decides, so that it cannot be given beside one.
fn decided() -> impl Iterator<Item = &'static str> {
    ["units", "all", "classifier", "seeds", "prior", "start"].into_iter().chain(parameter::keys())
}

/// `dgn synthesize`.
#[derive(Debug, Args)]
#[command(
    after_help = "A unit is LAYER:UNIT. UNIT is an index; in the output layer also a wnid or a name. A convolutional \
                        unit may be followed by @ROW,COLUMN or @mean."
)]
pub(super) struct Synthesize {
    /// Name of the pack; where none is named, the one that the queries name, or else the page's own.
    #[arg(long)]
    pack: Option<String>,
    /// Name of the classifier; the pack's first one where none is named.
    #[arg(long)]
    classifier: Option<String>,
    /// A unit to synthesise, LAYER:UNIT; may be given many times, for a picture each.
    #[arg(long = "unit", value_name = "LAYER:UNIT", required_unless_present_any = ["all", "queries"])]
    units: Vec<String>,
    /// All units of the output layer.
    #[arg(long, conflicts_with = "units")]
    all: bool,
    /// A run as the page's address has it after its "?", with everything that can stand there: several units together,
    /// runs beside it; may be given many times.
    #[arg(long = "query", value_name = "QUERY", conflicts_with_all = decided())]
    queries: Vec<String>,
    #[command(flatten)]
    numbers: Numbers,
    /// Run each unit with K seeds, from --seed on.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: Option<u32>,
    /// What keeps the pictures natural: generator, none, or some of blur, alpha, tv, jitter, patches and centre with commas
    /// between them.
    #[arg(long, default_value_t, value_parser = prior, value_name = "PRIOR")]
    prior: Prior,
    /// Where the code starts: noise, zeros, mean, near-mean, mean-image, or image, which is --image.
    #[arg(long, value_parser = start, value_name = "START")]
    start: Option<Start>,
    /// A picture to start from: PNG, JPEG, GIF or WebP, of a moving one the first frame. It is turned as its EXIF orientation
    /// says, and its middle is cut out.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Which engine computes.
    #[arg(long, value_enum, default_value_t = Engine::Cpu)]
    engine: Engine,
    /// Round on the processor as WebAssembly does: the pictures are those of the page on a processor, bit for bit.
    #[arg(long)]
    portable: bool,
    /// Runs computed at once.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=256))]
    batch: u32,
    /// Enlarge the pictures by this factor, without smoothing.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=32))]
    scale: u32,
    /// Write sheet.png too: all pictures in their order, so many to a row.
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u32).range(1..=100))]
    sheet: Option<u32>,
    /// Folder to write to; made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Engine {
    Cpu,
    Webgpu,
}

impl From<Engine> for EngineChoice {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Cpu => Self::Cpu,
            Engine::Webgpu => Self::WebGpu,
        }
    }
}

fn start(text: &str) -> Result<Start, String> {
    text.parse().map_err(|error| words::spec(&error))
}

fn prior(text: &str) -> Result<Prior, String> {
    text.parse().map_err(|error| words::spec(&error))
}

/// The picture of a file, as the pack's images are.
fn opened(path: &Path, manifest: &Manifest) -> Result<Vec<f32>, CliError> {
    let (width, height) = (manifest.image.width as u32, manifest.image.height as u32);
    let fitted = picture::bytes(path).and_then(|file| picture::fitted(&file, width, height));
    let fitted = fitted.map_err(|error| CliError::NoPicture { path: path.to_owned(), error })?;
    Ok(picture::planes(&fitted, 4))
}

/// One run as `runs.json` has it.
#[derive(Debug, Serialize)]
struct Record {
    /// File of the picture.
    file: String,
    /// The run as an address has it, and as it stands in the picture.
    query: String,
    /// Everything that decided the run.
    spec: RunSpec,
    /// What computed it.
    #[serde(flatten)]
    by: Computed,
    /// The objective at every step taken.
    activation: Vec<f32>,
    /// What the classifier sees in the last picture.
    top: Vec<Seen>,
    /// Why the run stopped early, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
}

/// What computed a run, and how.
#[derive(Debug, Clone, Serialize)]
struct Computed {
    #[serde(flatten)]
    by: ComputedBy,
    /// Whether it was rounded as WebAssembly does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    portable: bool,
}

#[derive(Debug, Serialize)]
struct Seen {
    class: u32,
    id: String,
    name: String,
    probability: f32,
    logit: f32,
}

impl Synthesize {
    pub(super) fn run(&self, weights: &Path) -> Result<(), CliError> {
        if self.portable && matches!(self.engine, Engine::Webgpu) {
            return Err(CliError::PortableGraphics);
        }
        let queries = self.queries.iter().map(|text| Query::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let (folder, manifest) = open(weights, self.pack(&queries)?)?;
        let entry = manifest.entry(self.classifier.as_deref().unwrap_or(manifest.default_classifier()))?;
        let specs = if queries.is_empty() { self.specs(&manifest, entry)? } else { queried(&queries, &manifest)? };
        let entry = manifest.entry(specs.first().map_or(&entry.name, |spec| &spec.classifier))?;
        let image = self.image.as_ref().map(|path| opened(path, &manifest)).transpose()?;
        let given = Given { image, last: None };
        fs::create_dir_all(&self.out).map_err(|error| CliError::Write { path: self.out.clone(), error })?;

        let files = pollster::block_on(Files::load(&folder, &manifest, entry, |_| {}))?;
        let (device, compiler, report) = device(self.engine.into(), self.portable)?;
        eprintln!("{} on {}", report.engine.name(), words::hardware(&report.hardware));
        let mut models = vec![Rc::new(engine::model(&manifest, entry, &files, &device)?)];
        pollster::block_on(engine::prepare(&folder, &manifest, &mut models, &specs))?;
        let steps: u64 = specs.iter().map(|spec| u64::from(spec.steps)).sum();
        let bar = ProgressBar::new(steps).with_style(
            ProgressStyle::with_template("{bar:40} {pos}/{len} steps, {eta} left {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let (mut records, mut pictures) = (Vec::new(), Vec::new());
        // Runs are stepped together where they are of the same length.
        let equal = specs.chunk_by(|a, b| a.steps == b.steps);
        for batch in equal.flat_map(|specs| specs.chunks(self.batch as usize)) {
            let begun = Session::begin_on(Some(&compiler), &manifest, &models, batch, &given);
            let mut session = pollster::block_on(begun)?;
            if let Some(Steps::Partly(why) | Steps::ByOperation(why)) = session.computed() {
                bar.suspend(|| eprintln!("not all steps are compiled: {}", words::uncompiled(why)));
            }
            let mut runs: Vec<_> = batch.iter().flat_map(Run::lanes).collect();
            while !session.is_done() && runs.iter().any(|run| run.stopped.is_none()) {
                let step = pollster::block_on(session.step())?;
                for ((run, picture), problem) in runs.iter_mut().zip(step.pictures).zip(step.problems) {
                    run.take(picture, problem.map(|problem| words::engine(&problem)));
                }
                bar.inc(batch.len() as u64);
            }
            let by = Computed { by: ComputedBy::new(&report, runs.len()), portable: self.portable };
            for run in runs {
                if self.sheet.is_some() {
                    pictures.extend(run.last.clone());
                }
                let entry = manifest.entry(&run.spec.classifier)?;
                records.push(run.write(entry, self.scale, &self.out, by.clone())?);
            }
            // Written after every batch, so that a long job that is broken off has lost nothing.
            self.write_records(&records)?;
        }
        bar.finish_and_clear();
        if let Some(columns) = self.sheet {
            let path = self.out.join("sheet.png");
            let png = picture::sheet(&pictures, columns, self.scale)?;
            fs::write(&path, png).map_err(|error| CliError::Write { path, error })?;
        }
        for record in &records {
            let [first, .., last] = record.activation.as_slice() else {
                continue;
            };
            say!("{}  {first:.2} to {last:.2}", record.file);
        }
        match records.iter().filter(|record| record.stopped.is_some()).count() {
            0 => Ok(()),
            stopped => Err(CliError::Stopped(stopped)),
        }
    }

    /// The pack that is asked for.
    fn pack<'a>(&'a self, queries: &'a [Query]) -> Result<&'a str, SpecError> {
        let named = queries.iter().find_map(|query| query.pack().transpose()).transpose()?;
        Ok(self.pack.as_deref().or(named).unwrap_or(DEFAULT_PACK))
    }

    fn specs(&self, manifest: &Manifest, entry: &ClassifierEntry) -> Result<Vec<RunSpec>, CliError> {
        let index = |layer: &str, unit: &str| manifest.unit_index(&entry.name, layer, unit);
        let units: Vec<Unit> = if self.all {
            let output = entry.output().map(|layer| (layer.name.clone(), layer.units)).unwrap_or_default();
            (0..output.1).map(|index| Unit::new(output.0.clone(), index)).collect()
        } else {
            self.units.iter().map(|text| Unit::parse(text, index)).collect::<Result<_, _>>()?
        };
        let mut specs = Vec::new();
        for unit in units {
            for next in 0..self.seeds.unwrap_or(1) {
                let mut spec = RunSpec::with_prior(manifest, unit.clone(), self.prior.clone());
                spec.classifier = entry.name.clone();
                self.numbers.put(&mut spec)?;
                spec.seed = spec.seed.wrapping_add(next);
                let given = self.start.or(self.image.as_ref().map(|_| Start::Image));
                spec.start = given.unwrap_or(spec.start);
                spec.validate(manifest)?;
                specs.push(spec);
            }
        }
        self.numbers.say_commas();
        Ok(specs)
    }

    fn write_records(&self, records: &[Record]) -> Result<(), CliError> {
        let path = self.out.join("runs.json");
        let write = || fs::write(&path, serde_json::to_vec_pretty(records)?);
        write().map_err(|error| CliError::Write { path: path.clone(), error })
    }
}

/// The runs given as queries.
fn queried(queries: &[Query], manifest: &Manifest) -> Result<Vec<RunSpec>, CliError> {
    for key in queries.iter().flat_map(Query::unknown) {
        eprintln!("“{key}” in --query means nothing here, and was left out");
    }
    queries.iter().map(|query| Ok(query.run(manifest)?)).collect()
}

/// A run on its way through a session.
struct Run {
    spec: RunSpec,
    /// Counted from 1, where it stands beside others.
    place: Option<usize>,
    activation: Vec<f32>,
    last: Option<Picture>,
    stopped: Option<String>,
}

impl Run {
    /// The runs side by side that a spec stands for.
    fn lanes(spec: &RunSpec) -> Vec<Self> {
        let compared = !spec.compare.is_empty();
        let run = |(index, spec): (usize, RunSpec)| {
            let place = compared.then_some(index + 1);
            Self { spec, place, activation: Vec::new(), last: None, stopped: None }
        };
        spec.lanes().into_iter().enumerate().map(run).collect()
    }

    /// Takes a step's picture, unless the run has stopped.
    fn take(&mut self, picture: Picture, problem: Option<String>) {
        if self.stopped.is_none() {
            self.activation.push(picture.activation);
            self.last = Some(picture);
            self.stopped = problem;
        }
    }

    /// Writes the picture; its name holds layer, wnid or index, seed, and its place among runs side by side.
    fn write(self, entry: &ClassifierEntry, scale: u32, out: &Path, by: Computed) -> Result<Record, CliError> {
        let units = self.spec.units.iter().map(|unit| {
            let is_output = entry.output().is_some_and(|output| output.name == unit.layer);
            match entry.classes.get(unit.index) {
                Some(class) if is_output => format!("{}-{}", unit.layer, class.id),
                _ => unit.to_string().replace(':', "-").replace(['@', ',', '*'], "_"),
            }
        });
        let place = self.place.map(|place| format!("-{place}")).unwrap_or_default();
        let file = format!("{}-seed{}{place}.png", units.collect::<Vec<_>>().join("+"), self.spec.seed);
        let query = query::write(&self.spec, EngineChoice::Auto);
        let mut top = Vec::new();
        if let Some(last) = &self.last {
            let path = out.join(&file);
            let png = picture::png(&last.rgba, last.width, last.height, scale)?;
            let png = stamp::write(png, &query);
            fs::write(&path, png).map_err(|error| CliError::Write { path, error })?;
            top = last.top.iter().map(|guess| seen(entry, guess)).collect();
        }
        Ok(Record { file, query, spec: self.spec, by, activation: self.activation, top, stopped: self.stopped })
    }
}

fn seen(entry: &ClassifierEntry, guess: &Guess) -> Seen {
    let class = entry.classes.get(guess.class as usize);
    Seen {
        class: guess.class,
        id: class.map(|class| class.id.clone()).unwrap_or_default(),
        name: class.map(|class| class.name.clone()).unwrap_or_default(),
        probability: guess.probability,
        logit: guess.logit,
    }
}
