//! Runs whose steps are compiled, see [`kernels`](crate::kernels), for the device that Burn has loaded the networks onto: all that is
//! no step of such a run Burn computes.

mod graphics;
mod graphs;
mod machine;
mod processor;
#[cfg(feature = "engine")]
mod threads;

use std::{collections::VecDeque, rc::Rc};

use burn::tensor::{Device, Tensor, TensorData};

use super::protocol::Uncompiled;
#[cfg(feature = "native")]
use crate::kernels::Cost;
use crate::{
    ascent::{self, BatchError, Climb, Given, Model, Seen, Taken, Unread, factor, masks, noise, priors::offsets},
    kernels::{DeviceError, Port, Refusal, Step},
    nets::{Classifier, Generator, graph::Network},
    spec::RunSpec,
};
pub use graphics::Graphics;
use graphs::Graphs;
use machine::{Coming, Gathering, HIDDEN, Machine, SHOWN};
pub use processor::Vectors;

/// Whoever compiles runs, for the device that the networks are on.
#[derive(Debug)]
pub enum Compiler {
    /// For a graphics device.
    Graphics(Box<Graphics>),
    /// For the processor.
    Processor(Vectors),
}

/// Whoever owns a network.
#[derive(Debug, Clone)]
enum Owner {
    Generator(Generator),
    Classifier(Rc<dyn Classifier>),
}

impl Owner {
    fn network(&self) -> &Network {
        match self {
            Self::Generator(generator) => generator.network(),
            Self::Classifier(classifier) => classifier.network(),
        }
    }
}

/// The same network, and not only one like it.
impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.network(), other.network())
    }
}

/// Why runs cannot be compiled.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// Somebody else can compute them.
    Uncompiled(Uncompiled),
    /// Nobody can.
    Batch(BatchError),
    /// The device fails.
    Unread(Unread),
}

impl Compiler {
    /// For the processor.
    pub fn processor() -> Self {
        Self::Processor(Vectors::default())
    }

    /// For the processor as WebAssembly has it: what is computed is what a browser without a graphics processor computes, bit for bit.
    /// So it is for all of this program from then on.
    #[cfg(feature = "native")]
    pub fn portable() -> Self {
        dgn_processor::compute_portably();
        Self::processor()
    }

    /// For the processor, with the threads that the browser gives.
    #[cfg(feature = "engine")]
    pub async fn threaded() -> Self {
        let vectors = threads::start().await.map(|(host, threads)| Vectors::at(host, threads));
        Self::Processor(vectors.unwrap_or_default())
    }

    /// For the processor, without the threads of the browser, which end.
    #[cfg(feature = "engine")]
    pub fn unthreaded() -> Self {
        threads::end();
        Self::processor()
    }

    /// With how many threads it computes on the processor.
    pub fn threads(&self) -> usize {
        match self {
            Self::Graphics(_) => 1,
            Self::Processor(vectors) => vectors.threads(),
        }
    }

    /// Whether it is for a graphics device.
    pub fn is_graphics(&self) -> bool {
        matches!(self, Self::Graphics(_))
    }

    /// Compiles runs that differ in units, seed and start only, as [`Ascent::begin_from`](crate::ascent::Ascent::begin_from) begins
    /// them on Burn.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn begin(&self, model: &Model, specs: &[RunSpec], given: &Given) -> Result<Compiled, Failure> {
        let (_, codes) = ascent::begun(model, specs, given).map_err(Failure::Batch)?;
        self.go_on(model, specs, codes, 0).await
    }

    /// What each launch of a step of such runs costs, and the milliseconds that it takes, the median of some steps; none where they
    /// cannot be compiled, or nobody tells the time.
    #[cfg(feature = "native")]
    pub async fn times(&self, model: &Model, specs: &[RunSpec], steps: usize) -> Option<Vec<(Cost, f64)>> {
        let begun = self.begin(model, specs, &Given::default()).await;
        let mut compiled = begun.ok()?;
        for _ in 0..steps.min(specs.first()?.steps as usize) {
            compiled.steps(1).await.ok()?;
        }
        compiled.times(steps)
    }

    /// The same for runs that have come to some codes, `[runs, units]`, in so many steps.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn go_on(
        &self,
        model: &Model,
        specs: &[RunSpec],
        codes: Tensor<2>,
        taken: u32,
    ) -> Result<Compiled, Failure> {
        let spec = specs.first().cloned().ok_or(Failure::Batch(BatchError::Differ))?;
        if specs.iter().any(|spec| spec.prior.is_pixels()) {
            return Err(Failure::Uncompiled(Uncompiled::Pixels));
        }
        let units: Vec<_> = specs.iter().map(|spec| spec.units.as_slice()).collect();
        let masks = masks(&model.layers, &units);
        let plan = Graphs::of(model, &spec).plan(specs).map_err(|refusal| Failure::Uncompiled(refusal.into()))?;
        let mut networks = vec![Owner::Generator(model.generator.clone()), Owner::Classifier(model.classifier.clone())];
        let encoder = model.encoder.get().filter(|encoder| spec.epsilon1 > 0.0 && !encoder.is(model));
        networks.extend(encoder.map(|encoder| Owner::Classifier(encoder.classifier.clone())));
        let mut machine = match self {
            Self::Graphics(graphics) if graphics.is_imitated() => {
                return Err(Failure::Uncompiled(Uncompiled::Imitated));
            }
            Self::Graphics(graphics) => Machine::Graphics(graphics.executor(plan, networks).await?),
            Self::Processor(vectors) => Machine::Processor(Box::new(vectors.processor(plan, &networks)?)),
        };
        let wrong = |error: DeviceError| Failure::Uncompiled(error.into());
        for (number, (_, _, mask)) in masks.iter().enumerate() {
            machine.give(Port::Seed(number), mask).map_err(wrong)?;
        }
        let [_, units] = codes.dims();
        let codes = ascent::rows(codes).await.map_err(Failure::Unread)?.concat();
        machine.give(Port::Input, &codes).map_err(wrong)?;
        let seeds = specs.iter().map(|spec| spec.seed).collect();
        Ok(Compiled {
            machine,
            codes,
            units,
            image: model.image,
            seeds,
            spec,
            sent: taken,
            taken,
            coming: VecDeque::new(),
        })
    }
}

impl From<Refusal> for Uncompiled {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Operation { operation, .. } => Self::Operation(operation.to_owned()),
            Refusal::Large { .. } => Self::Large,
            Refusal::Empty | Refusal::Link(_) | Refusal::Missing { .. } => Self::Unplanned,
        }
    }
}

impl From<DeviceError> for Uncompiled {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Memory { .. } => Self::Memory,
            DeviceError::Refused { said } | DeviceError::Unread { said } => Self::Refused(said),
            DeviceError::Launch(refusal) => refusal.into(),
            DeviceError::Weights(_)
            | DeviceError::NoWeights { .. }
            | DeviceError::NoPort(_)
            | DeviceError::Values { .. } => Self::Unplanned,
        }
    }
}

/// Runs in progress, compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    machine: Machine,
    /// As they stand, row by row.
    codes: Vec<f32>,
    units: usize,
    image: [usize; 3],
    seeds: Vec<u32>,
    /// What the runs have in common.
    spec: RunSpec,
    /// Steps that are taken, or on their way.
    sent: u32,
    taken: u32,
    /// What steps give, and how many steps.
    coming: VecDeque<(Coming, u32)>,
}

/// How many steps lead from one to the next whose picture a [trail](super::trail::Trail) keeps where it keeps that of every
/// `many`th step, a power of two; so pictures stay that are drawn at different paces.
fn until_kept(step: u32, many: u32) -> u32 {
    let many = 1 << many.max(1).ilog2();
    let behind = step % many;
    if behind == 0 { 1 } else { many - behind + 1 }
}

impl Compiled {
    /// Sends the next steps, to be read together.
    fn send(&mut self, steps: u32) -> Result<(), DeviceError> {
        let mut gathering = self.machine.gather(steps)?;
        for left in (0..steps).rev() {
            self.send_one(if left == 0 { &SHOWN } else { &HIDDEN }, &mut gathering)?;
        }
        self.coming.push_back((gathering.read(), steps));
        Ok(())
    }

    fn send_one(&mut self, read: &[Port], gathering: &mut Gathering) -> Result<(), DeviceError> {
        let (step, spec) = (self.sent, &self.spec);
        let moves = |seed: &u32| Step {
            offset: if spec.jitter > 0 { offsets(*seed, step, spec.jitter) } else { [0; 2] },
            factor: if spec.rescale > 0.0 { factor(*seed, step, spec.rescale) } else { 1.0 },
            rate: spec.schedule.rate(step, spec.steps),
            decay: spec.decay,
            epsilon1: spec.epsilon1,
            epsilon3: spec.epsilon3,
        };
        self.machine.prepare(&self.seeds.iter().map(moves).collect::<Vec<_>>())?;
        if spec.epsilon3 > 0.0 {
            let noise: Vec<f32> = self.seeds.iter().flat_map(|seed| noise(*seed, step, self.units)).collect();
            self.machine.give(Port::Noise, &noise)?;
        }
        self.machine.step(read, gathering)?;
        self.sent += 1;
        Ok(())
    }
}

#[cfg(feature = "native")]
impl Compiled {
    /// What each launch of a step costs, and the milliseconds that it takes, the median of some steps; none where nobody tells the
    /// time. The runs are of no more use afterwards.
    pub(super) fn times(mut self, steps: usize) -> Option<Vec<(Cost, f64)>> {
        let (costs, times) = match &mut self.machine {
            Machine::Graphics(executor) => (executor.plan().costs(), executor.times(steps).ok()??),
            Machine::Processor(processor) => (processor.plan().costs(), processor.times(steps)?),
        };
        Some(costs.into_iter().zip(times).collect())
    }
}

impl Climb for Compiled {
    fn steps(&mut self, most: u32) -> ascent::Reading<'_, Vec<Taken>> {
        let unread = |error: DeviceError| Unread {
            reason: match error {
                DeviceError::Unread { said } => said,
                error => error.to_string(),
            },
        };
        Box::pin(async move {
            let many = self.machine.together(most);
            while self.coming.is_empty() || self.coming.len() < self.machine.ahead(many) && self.sent < self.spec.steps
            {
                self.send(until_kept(self.sent, many).min(self.spec.steps.saturating_sub(self.sent)).max(1))
                    .map_err(unread)?;
            }
            let missing = || Unread { reason: "an array is missing".into() };
            let (coming, steps) = self.coming.pop_front().ok_or_else(missing)?;
            let mut read = match coming {
                Coming::Sent(reading) => reading.values().await.map_err(unread)?,
                Coming::There(values) => values,
            }
            .into_iter();
            let mut next = || read.next().ok_or_else(missing);
            let [_, height, width] = self.image;
            let shape = [self.seeds.len(), height, width];
            // Too small to be divided by is none, as the update has it.
            let usable = |magnitude: f32| if magnitude.is_subnormal() { 0.0 } else { magnitude };
            let mut taken = Vec::new();
            for left in (0..steps).rev() {
                let (activations, magnitudes, moved) = (next()?, next()?, next()?);
                let magnitudes: Vec<f32> = magnitudes.into_iter().map(usable).collect();
                let shown = if left == 0 { Some((next()?, next()?)) } else { None };
                let shown = shown.as_ref().map(|(images, logits)| (images.as_slice(), logits.as_slice()));
                let seen = Seen::of_batch(shape, shown, &activations, &magnitudes);
                taken.push(Taken { codes: self.codes(), seen });
                self.codes = moved;
                self.taken += 1;
            }
            Ok(taken)
        })
    }

    fn is_ahead(&self) -> bool {
        self.coming.iter().any(|(_, steps)| *steps > 1)
    }

    fn codes(&self) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.codes.clone(), [self.seeds.len(), self.units]), &Device::flex())
    }

    fn taken(&self) -> u32 {
        self.taken
    }

    fn is_done(&self) -> bool {
        self.taken >= self.spec.steps
    }
}

#[cfg(test)]
mod tests {
    use super::until_kept;

    #[test]
    fn steps_that_are_taken_together_end_on_steps_that_a_trail_keeps() {
        for (many, every) in [(1, 1), (2, 2), (3, 2), (8, 8)] {
            for begun in 0..40 {
                let steps = until_kept(begun, many);
                assert!((1..=every).contains(&steps), "{many} behind {begun}");
                assert_eq!((begun + steps - 1) % every, 0, "{many} behind {begun}");
            }
        }
    }
}
