//! How good a pack's synthetic images are, in numbers that nobody picked.
//!
//! A network's own confidence proves nothing, since noise can be made to score high too. So units, seeds and steps are
//! fixed beforehand, every unit is counted, and each picture is put before a judge: another classifier, of the pack or from
//! outside, which had no part in making it. Beside DGN-AM stand what it has to beat (no prior, a random code) and what it is
//! measured against (real images, and what the generator makes of their codes).
//!
//! [`Evaluation::run`] makes a [`Report`]; [`dataset`] reads real images, [`realism`] and [`perception`] hold the two
//! measures that have a formula.

pub mod dataset;
mod merge;
pub mod perception;
pub mod realism;
mod report;
mod rows;
mod seen;
mod viewer;

use std::{path::PathBuf, rc::Rc};

use burn::tensor::{Device, Tensor, TensorData};

pub use merge::{Differing, MergeError};
pub(crate) use report::counted;
pub use report::{Method, Pictures, RealImages, Report, UnitResult};
pub use viewer::Viewer;

use crate::{
    ascent::{Encoder, Given, resized},
    engine::{self, Compiler, EngineError, Judge, Session, pace::Pace},
    pack::{
        Files, PackError, Source, Strongest,
        disk::Folder,
        manifest::{ClassifierEntry, Defect, MAX_MANIFEST_BYTES, Manifest},
    },
    picture,
    spec::{RunSpec, SpecError, Unit},
};
use dataset::Dataset;
use rows::Climbs;
use seen::Seen;

/// Why a pack cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[error("{self:?}")]
pub enum EvaluateError {
    /// The pack cannot be used.
    Pack(#[from] PackError),
    /// There is no such classifier.
    Spec(#[from] SpecError),
    /// The engine failed.
    Engine(#[from] EngineError),
    /// The description of an outside judge cannot be used.
    Judge {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        defect: Box<Defect>,
    },
    /// No row has that name.
    UnknownRow {
        /// The name.
        name: String,
        /// Those there are.
        have: Vec<&'static str>,
    },
    /// Nothing to do.
    NoUnits,
    /// The judge would judge itself.
    SameJudge,
    /// There is nobody to judge.
    NoJudge {
        /// The pack.
        pack: String,
    },
    /// There is nothing to compare activations with.
    NoReference {
        /// The pack.
        pack: String,
        /// The classifier.
        classifier: String,
    },
}

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Name of the classifier whose output units are synthesised; the pack's first one if `None`.
    pub classifier: Option<String>,
    /// The classifier that judges; the first other one of the pack if `None`.
    pub judge: Option<JudgeChoice>,
    /// Every how many units one is taken, from the first on.
    pub every: usize,
    /// Which part of these units, counted from 0, and of how many; part I of N has every N-th of them, from the I-th on.
    pub part: Option<[usize; 2]>,
    /// Names of the rows to make; all if empty.
    pub rows: Vec<String>,
    /// Seeds of each unit, from 0 on.
    pub seeds: u32,
    /// Steps of each run; the pack's own number if `None`.
    pub steps: Option<u32>,
    /// Runs computed at once.
    pub batch: usize,
}

/// Who judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JudgeChoice {
    /// A classifier of the pack, by name.
    Own(String),
    /// A classifier from outside: its description, a JSON file as a manifest has it, beside its weights.
    Outside(PathBuf),
}

impl JudgeChoice {
    /// The judge, and where its weights are.
    fn found(&self, folder: &Folder, manifest: &Manifest) -> Result<(Folder, ClassifierEntry), EvaluateError> {
        match self {
            Self::Own(name) => Ok((folder.clone(), manifest.entry(name)?.clone())),
            Self::Outside(path) => {
                let beside = Folder::new(path.parent().unwrap_or_else(|| std::path::Path::new("")));
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                let json = pollster::block_on(beside.read(&file, MAX_MANIFEST_BYTES, &mut |_| {}))?;
                let entry = ClassifierEntry::parse(&json, manifest.image);
                let entry =
                    entry.map_err(|defect| EvaluateError::Judge { path: path.clone(), defect: Box::new(defect) })?;
                Ok((beside, entry))
            }
        }
    }
}

/// Pictures of one method, unit by unit and within a unit seed by seed.
struct Samples {
    name: &'static str,
    about: String,
    /// Of each unit.
    each: usize,
    /// `[3 · height · width]` each, in -1..=1.
    images: Vec<Vec<f32>>,
}

/// A pack's networks on one device.
struct Networks<'a> {
    manifest: &'a Manifest,
    compiler: &'a Compiler,
    target: &'a ClassifierEntry,
    model: Rc<engine::Model>,
    classifier: Viewer,
    judge: Viewer,
}

impl Evaluation {
    /// Evaluates the pack in a folder, with real images where there are some, on a device with whoever compiles runs for it;
    /// `told` hears what is being done.
    ///
    /// # Errors
    /// [`EvaluateError`].
    pub fn run(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        images: Option<&Dataset>,
        (device, compiler): (&Device, &Compiler),
        mut told: impl FnMut(&str),
    ) -> Result<Report, EvaluateError> {
        let target = manifest.entry(self.classifier.as_deref().unwrap_or(&manifest.classifiers[0].name))?;
        let (beside, judge) = match &self.judge {
            Some(choice) => choice.found(folder, manifest)?,
            None => {
                let other = Judge::entry(manifest, &target.name);
                let other = other.ok_or_else(|| EvaluateError::NoJudge { pack: manifest.name.clone() })?;
                (folder.clone(), other.clone())
            }
        };
        if judge.name == target.name || judge.weights.sha256 == target.weights.sha256 && self.is_outside() {
            return Err(EvaluateError::SameJudge);
        }
        let files = pollster::block_on(Files::load(folder, manifest, target, |_| {}))?;
        let model = Rc::new(engine::model(manifest, target, &files, device)?);
        // No network is there twice; one from outside is none of the pack's.
        let mut models = vec![model.clone()];
        let shared = match self.is_outside() {
            true => None,
            false => pollster::block_on(Judge::of(folder, manifest, &judge, &mut models))?,
        };
        let network = match shared {
            Some(network) => network,
            None => pollster::block_on(Judge::load(&beside, manifest, &judge, device))?,
        };
        let networks = Networks {
            manifest,
            compiler,
            target,
            classifier: Viewer::new(target, Judge::from(&*model)),
            judge: Viewer::new(&judge, network),
            model,
        };
        let recorded = pollster::block_on(Strongest::load(folder, target))?;
        let layer = target.output().map_or("", |layer| layer.name.as_str());
        let [part, parts] = self.part.unwrap_or([0, 1]);
        let units: Vec<usize> =
            (0..target.classes.len()).step_by(self.every.max(1)).skip(part).step_by(parts.max(1)).collect();
        if units.is_empty() {
            return Err(EvaluateError::NoUnits);
        }

        let look = |images| {
            told("real images");
            Seen::new(&networks, images)
        };
        let seen = images.map(look).transpose()?;
        let reference = units.iter().map(|&unit| {
            let found = recorded.as_ref().and_then(|recorded| recorded.of(&Unit::new(layer, unit)).first().copied());
            found.or_else(|| seen.as_ref().and_then(|seen| seen.strongest(unit).first().map(|&(_, a)| a)))
        });
        let reference = reference.collect::<Option<Vec<f32>>>().ok_or_else(|| EvaluateError::NoReference {
            pack: manifest.name.clone(),
            classifier: target.name.clone(),
        })?;

        let mut all = Vec::new();
        if let (Some(images), Some(seen)) = (images, &seen) {
            let same = models.iter().find(|model| model.name == manifest.generator.encoder);
            let encoder = engine::encoder(folder, manifest, same.unwrap_or(&networks.model), |_| {});
            let encoder = pollster::block_on(encoder)?;
            all.extend(self.real(&networks, encoder, images, seen, &units)?);
        }
        let mut methods = self.climbs(&networks, layer, &units);
        let names: Vec<&str> = all.iter().map(|row| row.name).chain(methods.iter().map(|row| row.name)).collect();
        if let Some(name) = self.rows.iter().find(|name| !names.contains(&name.as_str())) {
            return Err(EvaluateError::UnknownRow { name: name.clone(), have: names });
        }
        let wanted = |name: &str| self.rows.is_empty() || self.rows.iter().any(|row| row == name);
        all.retain(|row| wanted(row.name));
        methods.retain(|row| wanted(row.name));
        // Every row is of the same steps.
        let steps = self.steps.unwrap_or(manifest.defaults.steps);
        for Climbs { name, about, specs } in methods {
            told(name);
            pollster::block_on(engine::prepare(folder, manifest, &mut models, &specs))?;
            let about = about.to_owned();
            all.push(Samples { name, about, each: self.seeds as usize, images: self.synthesize(&networks, &specs)? });
        }
        let mut methods = Vec::new();
        for samples in &all {
            told(&format!("judging: {}", samples.name));
            methods.push(networks.judged(samples, &units, &reference, seen.as_ref())?);
        }
        Ok(Report {
            pack: manifest.name.clone(),
            classifier: target.name.clone(),
            judge: judge.name.clone(),
            judge_classes: judge.classes.len(),
            about_judge: judge.origin.clone(),
            about_classifier: target.origin.clone(),
            layer: layer.to_owned(),
            units: units.len(),
            part: self.part,
            seeds: self.seeds,
            steps,
            real: seen.map(|seen| seen.report),
            methods,
        })
    }

    fn is_outside(&self) -> bool {
        matches!(self.judge, Some(JudgeChoice::Outside(_)))
    }

    /// The last pictures of some runs, as they are shown, in 256 levels; those that are of a classifier's own size brought
    /// to the pack's.
    fn synthesize(&self, networks: &Networks<'_>, specs: &[RunSpec]) -> Result<Vec<Vec<f32>>, EvaluateError> {
        let mut images = Vec::new();
        for batch in specs.chunks(self.batch.max(1)) {
            let (manifest, models, given) = (networks.manifest, [networks.model.clone()], Given::default());
            let begun = Session::begin_on(Some(networks.compiler), manifest, &models, batch, &given);
            let mut session = pollster::block_on(begun)?;
            let mut last = Vec::new();
            while !session.is_done() {
                last = pollster::block_on(session.advance(Pace::MOST))?.pictures;
            }
            let [channels, height, width] = networks.model.image;
            for picture in &last {
                let shape = [1, channels, picture.height as usize, picture.width as usize];
                let image = TensorData::new(picture::planes(&picture.rgba, 4), shape);
                let image = Tensor::<4>::from_data(image, &networks.model.device);
                images.extend(viewer::rows(resized(image, [height, width]).flatten::<2>(1, 3))?);
            }
        }
        Ok(images)
    }

    /// The rows that need real images.
    fn real(
        &self,
        networks: &Networks<'_>,
        encoder: &Encoder,
        images: &Dataset,
        seen: &Seen,
        units: &[usize],
    ) -> Result<Vec<Samples>, EngineError> {
        let picked = |indices: &[usize]| -> Vec<Vec<f32>> { indices.iter().map(|&i| images.image(i)).collect() };
        // As many of each class, so that every unit counts the same.
        let seeds = self.seeds as usize;
        let each = units.iter().map(|&unit| seen.of_class(unit, seeds).len()).min().unwrap_or(0);
        let of_class: Vec<usize> = units.iter().flat_map(|&unit| seen.of_class(unit, each)).collect();
        let best: Vec<usize> =
            units.iter().filter_map(|&unit| seen.strongest(unit).first().map(|best| best.0)).collect();
        let of_class = picked(&of_class);
        let best = picked(&best);
        let drawn = |images: &[Vec<f32>]| networks.redraw(encoder, images);
        let rows = vec![
            Samples {
                name: "real images",
                about: "the first validation images of the class".into(),
                each,
                images: of_class.clone(),
            },
            Samples {
                name: "their codes",
                about: "those images' codes through the generator".into(),
                each,
                images: drawn(&of_class)?,
            },
            Samples {
                name: "best real image",
                about: "the validation image that excites the unit most".into(),
                each: 1,
                images: best.clone(),
            },
            Samples {
                name: "its code",
                about: "that image's code through the generator".into(),
                each: 1,
                images: drawn(&best)?,
            },
        ];
        // A data set need not have an image of every class.
        Ok(rows.into_iter().filter(|row| row.each > 0).collect())
    }
}

impl Networks<'_> {
    /// What the generator makes of images' codes: G(E(x)), clamped to the range of images.
    fn redraw(&self, encoder: &Encoder, images: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, EngineError> {
        let [channels, height, width] = self.model.image;
        let redrawn = |part: &[Vec<f32>]| {
            let data = TensorData::new(part.concat(), [part.len(), channels, height, width]);
            let code = encoder.encode(Tensor::from_data(data, &self.model.device));
            viewer::rows(self.model.generator.forward(code).clamp(-1.0, 1.0).flatten::<2>(1, 3))
        };
        let parts = images.chunks(viewer::BATCH).map(redrawn).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// Puts one method's pictures before target and judge.
    fn judged(
        &self,
        samples: &Samples,
        units: &[usize],
        reference: &[f32],
        seen: Option<&Seen>,
    ) -> Result<Method, EngineError> {
        let logits = self.classifier.logits(&samples.images)?;
        let (judged, features) = self.judge.logits_and_features(&samples.images)?;
        let classes = &self.target.classes;
        let place = |id: &String| self.judge.classes.iter().position(|class| class == id);
        // What both know; the judge may know more.
        let shared: Vec<usize> = classes.iter().filter_map(|class| place(&class.id)).collect();
        let mut results = Vec::new();
        for (number, &unit) in units.iter().enumerate() {
            let rows = number * samples.each..(number + 1) * samples.each;
            let class = place(&classes[unit].id);
            let among = |logits: &Vec<f32>| class.map(|class| report::rank_among(logits, class, &shared));
            let rank = |logits: &Vec<f32>| class.map(|class| report::rank(logits, class));
            let spread = |images| perception::spread(&self.judge, images);
            results.push(UnitResult {
                unit,
                name: classes[unit].name.clone(),
                reference: reference[number],
                activations: logits[rows.clone()].iter().map(|logits| logits[unit]).collect(),
                ranks: judged[rows.clone()].iter().map(among).collect(),
                ranks_of_all: judged[rows.clone()].iter().map(rank).collect(),
                distance: (samples.each > 1).then(|| spread(&samples.images[rows])).transpose()?,
            });
        }
        let distance = |seen: &Seen| realism::kernel_distance(&features, &seen.features, self.judge.device());
        Ok(Method::new(samples.name, &samples.about, results, seen.map(distance).transpose()?))
    }
}
