//! A run in progress: has it stepped by whoever computes it, keeps what drew each step, and says when it cannot go on.

use std::rc::Rc;

use burn::tensor::{Device, Tensor};

#[cfg(any(feature = "engine", feature = "native"))]
use super::compiled::{Compiler, Failure};
use super::{
    EngineError,
    lanes::{self, Lanes},
    memory,
    protocol::{Steps, Uncompiled},
    trail::{self, Trail},
};
use crate::{
    ascent::{self, Ascent, BatchError, Climb, Drawn, Given, Model, Seen, Taken, Unread, brought},
    pack::manifest::Manifest,
    picture::{self, Picture},
    spec::RunSpec,
};

/// How many of the classifier's guesses go with a picture.
const GUESSES: usize = 5;

/// Runs in progress side by side, stepped together. Those that can share a batch do.
#[derive(Debug)]
pub struct Session {
    batches: Vec<Batch>,
    /// Lanes in all.
    runs: usize,
    /// The places among them of the runs themselves, and not of what they are compared with.
    own: Vec<usize>,
    steps: u32,
    /// The codes of each batch, `[runs, code]`, where its climber has them.
    trail: Trail<Vec<Tensor<2>>>,
    /// Steps that all batches have taken.
    taken: u32,
    /// What the codes were before a step that is under way, or has failed.
    before: Option<Vec<Tensor<2>>>,
    computed: Option<Steps>,
}

/// Runs that are computed together.
#[derive(Debug)]
struct Batch {
    climb: Box<dyn Climb>,
    specs: Vec<RunSpec>,
    /// Their places among the session's runs.
    places: Vec<usize>,
}

impl Session {
    /// Begins runs of the same number of steps that need nothing but their specs.
    ///
    /// # Errors
    /// Those of [`begin_from`](Self::begin_from).
    pub fn begin(manifest: &Manifest, model: Rc<Model>, specs: &[RunSpec]) -> Result<Self, EngineError> {
        Self::begin_from(manifest, &[model], specs, &Given::default())
    }

    /// Begins runs of the same number of steps; each stands for its [lanes](RunSpec::lanes), whose classifiers are among
    /// those of the models.
    ///
    /// # Errors
    /// Those of [`begin_with`](Self::begin_with), and [`EngineError::Batch`] where runs are for another classifier than the
    /// models', or where they need what has not been loaded or given.
    pub fn begin_from(
        manifest: &Manifest,
        models: &[Rc<Model>],
        specs: &[RunSpec],
        given: &Given,
    ) -> Result<Self, EngineError> {
        Self::begin_with(manifest, specs, |lanes| {
            Ok(Box::new(Ascent::begin_from(model_of(models, lanes)?.clone(), lanes, given)?))
        })
    }

    /// The same, compiled where that can be and there is somebody to do it.
    ///
    /// # Errors
    /// Those of [`begin_from`](Self::begin_from), [`EngineError::Readback`] where the device fails.
    #[cfg(any(feature = "engine", feature = "native"))]
    pub async fn begin_on(
        compiler: Option<&Compiler>,
        manifest: &Manifest,
        models: &[Rc<Model>],
        specs: &[RunSpec],
        given: &Given,
    ) -> Result<Self, EngineError> {
        let Some(compiler) = compiler else {
            return Self::begin_from(manifest, models, specs, given);
        };
        let lanes = checked(manifest, specs)?;
        let (mut climbers, mut uncompiled): (Vec<Box<dyn Climb>>, Vec<Uncompiled>) = Default::default();
        for batch in &lanes.batches {
            let model = model_of(models, &batch.specs)?;
            climbers.push(match compiler.begin(model, &batch.specs, given).await {
                Ok(compiled) => Box::new(compiled),
                Err(Failure::Uncompiled(why)) => {
                    uncompiled.push(why);
                    Box::new(Ascent::begin_from(model.clone(), &batch.specs, given)?)
                }
                Err(Failure::Batch(error)) => return Err(error.into()),
                Err(Failure::Unread(error)) => return Err(error.into()),
            });
        }
        let computed = computed(uncompiled, climbers.len());
        Ok(Self { computed: Some(computed), ..Self::of(specs, lanes, climbers) })
    }

    /// Begins runs of the same number of steps, computed by whom `climber` names for lanes that share a batch.
    ///
    /// # Errors
    /// [`EngineError::Spec`] for a run that the pack cannot do, [`EngineError::Steps`] for runs of different length,
    /// [`EngineError::Batch`] where there is none, or where they [need](memory::need) more memory than there may be; what
    /// `climber` answers.
    pub fn begin_with(
        manifest: &Manifest,
        specs: &[RunSpec],
        mut climber: impl FnMut(&[RunSpec]) -> Result<Box<dyn Climb>, EngineError>,
    ) -> Result<Self, EngineError> {
        let lanes = checked(manifest, specs)?;
        let climbers = lanes.batches.iter().map(|batch| climber(&batch.specs)).collect::<Result<_, _>>()?;
        Ok(Self::of(specs, lanes, climbers))
    }

    fn of(specs: &[RunSpec], lanes: Lanes, climbers: Vec<Box<dyn Climb>>) -> Self {
        let Lanes { batches, count, own } = lanes;
        let together = batches.into_iter().zip(climbers);
        let of = |(lanes::Batch { specs, places }, climb)| Batch { climb, specs, places };
        let batches = together.map(of).collect();
        let steps = specs.first().map_or(0, |spec| spec.steps);
        Self { batches, runs: count, own, steps, trail: Trail::default(), taken: 0, before: None, computed: None }
    }

    /// Goes on with the runs elsewhere, on models whose device `compiler` is for, from the step that they have come to, as the device
    /// that they were on is lost. Whether it can: it needs the codes, which only compiled runs have read back.
    ///
    /// # Errors
    /// Those of [`Ascent::go_on`]; [`EngineError::Readback`] where this device fails too.
    #[cfg(any(feature = "engine", feature = "native"))]
    pub async fn move_to(&mut self, compiler: &Compiler, models: &[Rc<Model>]) -> Result<bool, EngineError> {
        if self.computed != Some(Steps::Compiled) {
            return Ok(false);
        }
        // Of a step that failed in one batch, others may have been taken.
        let codes = self.before.take().unwrap_or_else(|| self.codes());
        let mut uncompiled = Vec::new();
        for (Batch { climb, specs, .. }, codes) in self.batches.iter_mut().zip(codes) {
            let model = model_of(models, specs)?;
            *climb = match compiler.go_on(model, specs, codes.clone(), self.taken).await {
                Ok(compiled) => Box::new(compiled),
                Err(Failure::Uncompiled(why)) => {
                    uncompiled.push(why);
                    Box::new(Ascent::go_on(model.clone(), specs, codes, self.taken)?)
                }
                Err(Failure::Batch(error)) => return Err(error.into()),
                Err(Failure::Unread(error)) => return Err(error.into()),
            };
        }
        self.computed = Some(computed(uncompiled, self.batches.len()));
        Ok(true)
    }

    /// How steps are computed, where there was somebody to compile them.
    pub fn computed(&self) -> Option<&Steps> {
        self.computed.as_ref()
    }

    /// Takes one step of every run and reads it back, one picture for each lane of each run, in their order; where several were on
    /// their way together before, these.
    ///
    /// # Errors
    /// Those of [`advance`](Self::advance).
    pub async fn step(&mut self) -> Result<Step, EngineError> {
        self.advance(1).await
    }

    /// Takes some steps of every run, one at least and about `most`, and reads the last one's pictures back. Runs that are computed in
    /// several batches take one.
    ///
    /// # Errors
    /// [`EngineError::Readback`] where the device fails. A run without a way on is no error here, since its picture has
    /// been drawn: see [`Step::problems`].
    pub async fn advance(&mut self, most: u32) -> Result<Step, EngineError> {
        self.before = Some(self.codes());
        let most = if self.batches.len() == 1 { most } else { 1 };
        // What each batch has taken, step by step.
        let mut taken: Vec<std::vec::IntoIter<Taken>> = Vec::new();
        for Batch { climb, .. } in &mut self.batches {
            taken.push(climb.steps(most).await?.into_iter());
        }
        let missing = || EngineError::Readback { reason: "a run is missing".into() };
        let mut activations: Vec<Vec<f32>> = Vec::new();
        let mut problems: Vec<Option<EngineError>> = Vec::new();
        let mut pictures = Vec::new();
        let mut number = self.taken;
        while let Some(step) = taken.iter_mut().map(Iterator::next).collect::<Option<Vec<Taken>>>() {
            number += 1;
            let mut lanes: Vec<Option<Seen>> = vec![None; self.runs];
            let (mut codes, mut here) = (Vec::new(), vec![None; self.runs]);
            for (Batch { places, .. }, step) in self.batches.iter().zip(step) {
                if step.seen.len() != places.len() {
                    return Err(missing());
                }
                for (&place, seen) in places.iter().zip(step.seen) {
                    here[place] = problem(&seen, number);
                    lanes[place] = Some(seen);
                }
                codes.push(step.codes);
            }
            // Once no lane had a way on, none has: what the steps behind it see does not count.
            if problems.is_empty() || problems.iter().any(Option::is_none) {
                problems = here;
            }
            let lanes: Vec<Seen> = lanes.into_iter().flatten().collect();
            activations.push(lanes.iter().map(|seen| seen.activation).collect());
            pictures = lanes.into_iter().filter_map(shown).collect();
            let numbers: usize = codes.iter().map(|codes| codes.shape().num_elements()).sum();
            self.trail.keep(number, trail::most(numbers * size_of::<f32>()), codes);
        }
        if activations.pop().is_none() || pictures.len() != self.runs {
            return Err(missing());
        }
        (self.taken, self.before) = (number, None);
        Ok(Step { number, pictures, problems, activations, halved: self.trail.halved() })
    }

    /// Whether steps are on their way of which several come together, so that the next one cannot be had alone.
    pub fn is_ahead(&self) -> bool {
        self.batches.iter().any(|batch| batch.climb.is_ahead())
    }

    /// What the runs have come to, to start others from: `[runs, code]`, a row for each seed of each run; images where there
    /// is no generator. What runs are compared with is left out.
    pub fn last(&self) -> Tensor<2> {
        self.own(&self.codes())
    }

    /// What drew a step's pictures, as [`last`](Self::last) has it, and the step: the nearest before it where a long run's
    /// are not all kept. None before the first step.
    pub fn drawn(&self, step: u32) -> Option<(u32, Tensor<2>)> {
        self.trail.at(step).map(|(kept, codes)| (kept, self.own(codes)))
    }

    /// The codes of each batch as they stand.
    fn codes(&self) -> Vec<Tensor<2>> {
        self.batches.iter().map(|batch| batch.climb.codes()).collect()
    }

    /// Of each batch's codes those of the runs themselves, on one device: a graphics processor where any are on one.
    fn own(&self, codes: &[Tensor<2>]) -> Tensor<2> {
        let row = |place: &usize| {
            self.batches.iter().zip(codes).find_map(|(batch, codes)| {
                let row = batch.places.iter().position(|other| other == place)?;
                Some(codes.clone().narrow(0, row, 1))
            })
        };
        let rows: Vec<Tensor<2>> = self.own.iter().filter_map(row).collect();
        let processor = Device::flex();
        let device = rows.iter().map(Tensor::device).find(|device| *device != processor).unwrap_or(processor);
        Tensor::cat(rows.into_iter().map(|row| brought(row, &device)).collect(), 0)
    }

    /// Steps taken so far.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// Steps in all.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Whether all steps have been taken.
    pub fn is_done(&self) -> bool {
        self.batches.iter().all(|batch| batch.climb.is_done())
    }
}

/// How batches are computed of which some could not be compiled.
#[cfg(any(feature = "engine", feature = "native"))]
fn computed(uncompiled: Vec<Uncompiled>, batches: usize) -> Steps {
    let all = uncompiled.len() == batches;
    match uncompiled.into_iter().next() {
        None => Steps::Compiled,
        Some(why) if all => Steps::ByOperation(why),
        Some(why) => Steps::Partly(why),
    }
}

/// The lanes of runs of the same number of steps that a pack can do and that need no more memory than there may be.
fn checked(manifest: &Manifest, specs: &[RunSpec]) -> Result<Lanes, EngineError> {
    let first = specs.first().ok_or(BatchError::Differ)?;
    for spec in specs {
        spec.validate(manifest)?;
        if spec.steps != first.steps {
            return Err(EngineError::Steps);
        }
    }
    let needed = memory::need(manifest, specs).runs();
    if needed > memory::MOST_BYTES {
        return Err(BatchError::Memory { needed, most: memory::MOST_BYTES }.into());
    }
    Ok(Lanes::of(specs))
}

/// The model that lanes of one classifier are for.
fn model_of<'a>(models: &'a [Rc<Model>], lanes: &[RunSpec]) -> Result<&'a Rc<Model>, BatchError> {
    let model = models.iter().find(|model| lanes.first().is_some_and(|lane| lane.classifier == model.name));
    model.ok_or(BatchError::OtherClassifier)
}

/// What one step of a session gives.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its number, from 1.
    pub number: u32,
    /// One picture for each lane, drawn by the codes before this step moved them.
    pub pictures: Vec<Picture>,
    /// For each lane, why it has no way on from here, where that is so: [`EngineError::NoGradient`] or [`EngineError::NotANumber`]. Its
    /// code was left as it was. Of steps that were taken together it is of the first from which no lane had a way on.
    pub problems: Vec<Option<EngineError>>,
    /// The activations of each lane in the steps before this one that were taken with it, step by step.
    pub activations: Vec<Vec<f32>>,
    /// How often the [`Trail`] of what drew the steps has been halved.
    pub halved: u32,
}

/// Why a run has no way on from a step, where that is so.
fn problem(seen: &Seen, step: u32) -> Option<EngineError> {
    if seen.gradient == 0.0 {
        Some(EngineError::NoGradient { step })
    } else if seen.gradient.is_finite() {
        None
    } else {
        Some(EngineError::NotANumber { step })
    }
}

/// What a run has seen in a step as it is shown, where its image was read back.
fn shown(seen: Seen) -> Option<Picture> {
    let rgba = match seen.image? {
        Drawn::Planes(planes) => picture::rgba(&planes),
        Drawn::Rgba(rgba) => rgba,
    };
    let top = picture::top(&seen.logits, GUESSES);
    let (width, height) = (seen.width as u32, seen.height as u32);
    Some(Picture { width, height, rgba, activation: seen.activation, top })
}

/// The rows of a matrix, read back.
///
/// # Errors
/// [`EngineError::Readback`] where the device fails.
pub async fn rows(matrix: Tensor<2>) -> Result<Vec<Vec<f32>>, EngineError> {
    Ok(ascent::rows(matrix).await?)
}

impl From<Unread> for EngineError {
    fn from(Unread { reason }: Unread) -> Self {
        Self::Readback { reason }
    }
}
