use std::rc::Rc;

use burn::tensor::{Device, Tensor};

use super::{
    BatchError, Bounds, Given, Model, Objective, Update, brought, code, factor, noise,
    priors::{self, PixelPriors},
    rescaled, start,
};
use crate::spec::{Prior, RunSpec};

/// A batch of runs in progress.
#[derive(Debug)]
pub struct Ascent {
    model: Rc<Model>,
    objective: Objective,
    code: Tensor<2>,
    bounds: Bounds,
    priors: Option<PixelPriors>,
    /// Of each run.
    seeds: Vec<u32>,
    /// What one step does to the code, from the runs' common part.
    spec: RunSpec,
    taken: u32,
}

/// What one step has seen, still on the device: reading it is for the caller to schedule.
#[derive(Debug)]
pub struct Observation {
    /// The image that was scored, `[batch, 3, height, width]`, RGB in -1..=1: of the generator's size, or without one of
    /// the size that the classifier itself takes.
    pub images: Tensor<4>,
    /// The objective of each run, `[batch]`.
    pub activations: Tensor<1>,
    /// The classifier's logits, `[batch, classes]`.
    pub logits: Tensor<2>,
    /// Mean magnitude of the gradient of each run, `[batch]`. Where it is 0 or not finite, the code was left as it was
    /// and the run cannot go on.
    pub gradients: Tensor<1>,
}

impl Ascent {
    /// Begins runs that differ in units, seed and start only, and need nothing but their specs.
    ///
    /// # Errors
    /// Those of [`begin_from`](Self::begin_from).
    pub fn begin(model: Rc<Model>, specs: &[RunSpec]) -> Result<Self, BatchError> {
        Self::begin_from(model, specs, &Given::default())
    }

    /// Begins runs that differ in units, seed and start only. The specs have been validated against the pack that
    /// `model` was loaded from.
    ///
    /// # Errors
    /// [`BatchError`] where the runs differ in anything else, where there is none, where they are for another classifier,
    /// or where they need what has not been loaded or given.
    pub fn begin_from(model: Rc<Model>, specs: &[RunSpec], given: &Given) -> Result<Self, BatchError> {
        let (spec, code) = begun(&model, specs, given)?;
        Ok(Self::of(model, spec, specs, code))
    }

    /// Goes on with runs at the step that they have come to, from their codes there, `[batch, code]`.
    ///
    /// # Errors
    /// Those of [`begin_from`](Self::begin_from), and [`BatchError::OtherLast`] for codes of another shape.
    pub fn go_on(model: Rc<Model>, specs: &[RunSpec], codes: Tensor<2>, taken: u32) -> Result<Self, BatchError> {
        let spec = common(&model, specs)?;
        let length = if spec.prior.is_pixels() { model.own.iter().product() } else { model.statistics.mean.len() };
        if codes.dims() != [specs.len(), length] {
            return Err(BatchError::OtherLast);
        }
        let code = brought(codes, &model.device);
        Ok(Self { taken, ..Self::of(model, spec, specs, code) })
    }

    /// Runs that begin at some codes.
    fn of(model: Rc<Model>, spec: RunSpec, specs: &[RunSpec], code: Tensor<2>) -> Self {
        let units: Vec<_> = specs.iter().map(|spec| spec.units.as_slice()).collect();
        let mut objective = Objective::new(&model, &spec.prior, &units);
        if spec.epsilon1 > 0.0 {
            objective = objective.with_own_codes(&model);
        }
        let seeds: Vec<u32> = specs.iter().map(|spec| spec.seed).collect();
        let (bounds, priors) = match &spec.prior {
            Prior::Generator => (Bounds::new(&model.statistics, spec.bound, &model.device), None),
            Prior::Pixels(priors) => {
                let [channels, height, width] = model.own;
                let images = code.clone().reshape([specs.len(), channels, height, width]);
                let natural = model.natural.clone();
                let priors = PixelPriors::new(priors.clone(), seeds.clone(), spec.steps, natural, &images);
                (Bounds::Pixels, Some(priors))
            }
        };
        Self { model, objective, code, bounds, priors, seeds, spec, taken: 0 }
    }

    /// Draws, scores and moves the codes; the observation is of the codes before they moved.
    pub fn step(&mut self) -> Observation {
        let priors = self.priors.as_ref();
        let look = |images| match priors {
            Some(priors) => priors.look(images, self.taken),
            None => self.looked_at(images),
        };
        let (seen, gradient) = self.objective.climb(&self.model, self.code.clone(), look);
        let rate = self.spec.schedule.rate(self.taken, self.spec.steps);
        let mut update = Update { rate, decay: self.spec.decay, bounds: &self.bounds };
        let (moved, magnitude) = match &mut self.priors {
            None => update.apply(self.code.clone(), gradient, self.terms(&seen.images, seen.own)),
            Some(priors) => {
                let shape = seen.images.dims();
                let gradient = priors.within(gradient.reshape(shape), self.taken).flatten(1, 3);
                let pull = priors.pull(&seen.images, self.taken).map(|pull| -pull.flatten(1, 3));
                update.rate *= priors.rate(self.taken);
                let (moved, magnitude) = update.apply(self.code.clone(), gradient, pull);
                (priors.settle(moved.reshape(shape), self.taken).flatten(1, 3), magnitude)
            }
        };
        self.code = moved;
        self.taken += 1;
        Observation { images: seen.images, activations: seen.activations, logits: seen.logits, gradients: magnitude }
    }

    /// A generator's images `[batch, 3, height, width]`, moved and rescaled as this step has it. Gradients find their way
    /// back by themselves.
    fn looked_at(&self, mut images: Tensor<4>) -> Tensor<4> {
        if self.spec.jitter > 0 {
            let offset = |&seed: &u32| priors::offsets(seed, self.taken, self.spec.jitter);
            images = priors::shift(images, &self.seeds.iter().map(offset).collect::<Vec<_>>());
        }
        if self.spec.rescale > 0.0 {
            let factor = |&seed: &u32| factor(seed, self.taken, self.spec.rescale);
            images = rescaled(images, &self.seeds.iter().map(factor).collect::<Vec<_>>());
        }
        images
    }

    /// PPGN's terms, `ε1·(E(x) - y) + N(0, ε3²)`, `x` the images as the classifier saw them; none where both are 0. `own` is
    /// `E(x)` where the classifier has told it.
    fn terms(&self, images: &Tensor<4>, own: Option<Tensor<2>>) -> Option<Tensor<2>> {
        let encoder = self.model.encoder.get().filter(|_| self.spec.epsilon1 > 0.0);
        let pull = encoder.map(|encoder| {
            let own = own.unwrap_or_else(|| encoder.encode(self.looked_at(images.clone())));
            (own - self.code.clone()) * self.spec.epsilon1
        });
        let noise = (self.spec.epsilon3 > 0.0).then(|| {
            let [_, units] = self.code.dims();
            let noise: Vec<_> = self.seeds.iter().map(|&seed| noise(seed, self.taken, units)).collect();
            code::stack(&noise, &self.model.device) * self.spec.epsilon3
        });
        pull.into_iter().chain(noise).reduce(|a, b| a + b)
    }

    /// Steps taken so far.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// Whether all steps have been taken.
    pub fn is_done(&self) -> bool {
        self.taken >= self.spec.steps
    }

    /// The codes as they stand, `[batch, code]`; without a generator the images, `[batch, 3 · height · width]`.
    pub fn code(&self) -> Tensor<2> {
        self.code.clone()
    }

    /// The device that the ascent runs on.
    pub fn device(&self) -> &Device {
        &self.model.device
    }
}

/// What runs have in common that differ in units, seed and start only, and the codes that they begin with, `[batch, code]`;
/// without a generator images, `[batch, 3 · height · width]`.
///
/// # Errors
/// Those of [`Ascent::begin_from`].
pub fn begun(model: &Model, specs: &[RunSpec], given: &Given) -> Result<(RunSpec, Tensor<2>), BatchError> {
    let spec = common(model, specs)?;
    let first = specs.iter().enumerate().map(|(place, run)| start::first(model, run, place, given));
    Ok((spec, Tensor::cat(first.collect::<Result<_, _>>()?, 0)))
}

/// What runs have in common, once it is sure that they can share a batch on a model.
fn common(model: &Model, specs: &[RunSpec]) -> Result<RunSpec, BatchError> {
    let spec = specs.first().ok_or(BatchError::Differ)?.clone();
    if !specs.iter().all(|other| spec.shares_batch(other)) {
        return Err(BatchError::Differ);
    }
    if spec.classifier != model.name {
        return Err(BatchError::OtherClassifier);
    }
    if spec.needs_encoder() && model.encoder.get().is_none() {
        return Err(BatchError::NoEncoder);
    }
    if spec.needs_natural() && model.natural.get().is_none() {
        return Err(BatchError::NoNatural);
    }
    Ok(spec)
}
