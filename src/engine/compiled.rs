//! Runs whose steps are compiled for a graphics device, see [`kernels`](crate::kernels), on the device that Burn has.
//!
//! Burn loads the networks, and computes all that is no step of such a run. What it has loaded is read back from it once for
//! each network, and laid out for the kernels. Steps are sent ahead of the one whose result is waited for, so that the device
//! has work while a result is on its way.

use std::{cell::RefCell, collections::VecDeque, fmt, rc::Rc};

use burn::tensor::{Device, Tensor, TensorData};

use super::protocol::Uncompiled;
use crate::{
    ascent::{self, BatchError, Climb, Encoder, Given, Model, Seen, Unread, factor, masks, noise, priors::offsets},
    kernels::{Arrays, DeviceError, Encoding, Executor, Looker, Pipelines, Plan, Port, Reading, Refusal, Step},
    nets::{Classifier, Generator, graph::Network},
    spec::RunSpec,
};

/// Steps that are on their way at once.
const AHEAD: usize = 4;
/// Bytes of values of plans that no run has: so many are kept ready for runs like those before.
const KEPT_BYTES: usize = 128 << 20;

/// A graphics device: Burn's, and the same one as kernels take it.
pub struct Graphics {
    device: Device,
    queue: wgpu::Queue,
    pipelines: Pipelines,
    /// Whether nothing is to be compiled, as the adapter is imitated.
    imitated: bool,
    /// The arrays of networks, with whoever owns the network.
    arrays: RefCell<Vec<(Owner, Rc<Arrays>)>>,
    /// Plans of runs, with whoever owns their networks, the latest last. One that no run has can be given to the next.
    kept: RefCell<VecDeque<(Vec<Owner>, Rc<Executor>)>>,
}

impl fmt::Debug for Graphics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graphics").field("device", &self.device).finish_non_exhaustive()
    }
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

impl Graphics {
    /// Burn's device, and what it is made of.
    pub fn new(device: Device, raw: &wgpu::Device, queue: wgpu::Queue) -> Self {
        Self {
            device,
            queue,
            pipelines: Pipelines::new(raw),
            imitated: false,
            arrays: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    /// The same for an adapter that the browser imitates: nothing is compiled, as kernels that share memory and wait for each other
    /// take longer there than the many small ones of Burn.
    pub fn imitated(self) -> Self {
        Self { imitated: true, ..self }
    }

    /// The device as Burn has it.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Compiles runs that differ in units, seed and start only, as [`Ascent::begin_from`](crate::ascent::Ascent::begin_from) begins
    /// them on Burn.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn begin(&self, model: &Model, specs: &[RunSpec], given: &Given) -> Result<Compiled, Failure> {
        if self.imitated {
            return Err(Failure::Uncompiled(Uncompiled::Imitated));
        }
        if specs.iter().any(|spec| spec.prior.is_pixels()) {
            return Err(Failure::Uncompiled(Uncompiled::Pixels));
        }
        let (spec, codes) = ascent::begun(model, specs, given).map_err(Failure::Batch)?;
        let batch = specs.len();
        let units: Vec<_> = specs.iter().map(|spec| spec.units.as_slice()).collect();
        let masks = masks(&model.layers, &units);
        let (encoder, own) = match model.encoder.get().filter(|_| spec.epsilon1 > 0.0) {
            None => (None, false),
            Some(encoder) => (Some(encoder), encoder.is(model)),
        };
        let plan =
            plan(model, &spec, batch, &masks, encoder, own).map_err(|refusal| Failure::Uncompiled(refusal.into()))?;
        let mut networks = vec![Owner::Generator(model.generator.clone()), Owner::Classifier(model.classifier.clone())];
        networks.extend(encoder.filter(|_| !own).map(|encoder| Owner::Classifier(encoder.classifier.clone())));
        let executor = self.executor(plan, networks).await?;
        let wrong = |error: DeviceError| Failure::Uncompiled(error.into());
        for (number, (_, _, mask)) in masks.iter().enumerate() {
            executor.give(Port::Seed(number), mask).map_err(wrong)?;
        }
        let [_, units] = codes.dims();
        let codes = ascent::rows(codes).await.map_err(Failure::Unread)?.concat();
        executor.give(Port::Input, &codes).map_err(wrong)?;
        Ok(Compiled {
            executor,
            codes,
            units,
            image: model.image,
            seeds: specs.iter().map(|spec| spec.seed).collect(),
            spec,
            sent: 0,
            taken: 0,
            coming: VecDeque::new(),
        })
    }

    /// A plan on the device: one that is there already and nobody else's, or a new one. `owners` have the networks, in the order of
    /// the chain's.
    async fn executor(&self, plan: Plan, owners: Vec<Owner>) -> Result<Rc<Executor>, Failure> {
        let known = {
            let mut kept = self.kept.borrow_mut();
            let fits = |(others, executor): &(Vec<Owner>, Rc<Executor>)| {
                Rc::strong_count(executor) == 1 && *others == owners && *executor.plan() == plan
            };
            kept.iter().position(fits).and_then(|place| kept.remove(place))
        };
        let executor = match known {
            Some((_, known)) => known,
            None => {
                self.make_room(plan.bytes().values);
                let mut arrays = Vec::new();
                for (owner, link) in owners.iter().zip(plan.networks()) {
                    arrays.push((*link, self.arrays(owner).await?));
                }
                let arrays: Vec<(usize, &Arrays)> =
                    arrays.iter().map(|(link, arrays)| (*link, arrays.as_ref())).collect();
                let made = Executor::new(&self.pipelines, &self.queue, plan, &arrays).await;
                Rc::new(made.map_err(|error| Failure::Uncompiled(error.into()))?)
            }
        };
        self.kept.borrow_mut().push_back((owners, executor.clone()));
        Ok(executor)
    }

    /// Lets plans go that no run has, the oldest first, until so many more bytes of values are bearable.
    fn make_room(&self, bytes: usize) {
        let mut kept = self.kept.borrow_mut();
        let is_idle = |(_, executor): &(Vec<Owner>, Rc<Executor>)| Rc::strong_count(executor) == 1;
        let idle = |kept: &VecDeque<(Vec<Owner>, Rc<Executor>)>| -> usize {
            kept.iter().filter(|kept| is_idle(kept)).map(|(_, executor)| executor.plan().bytes().values).sum()
        };
        while idle(&kept) + bytes > KEPT_BYTES
            && let Some(oldest) = kept.iter().position(is_idle)
        {
            kept.remove(oldest);
        }
    }

    /// A network's arrays for kernels.
    async fn arrays(&self, owner: &Owner) -> Result<Rc<Arrays>, Failure> {
        let known = self.arrays.borrow().iter().find(|(known, _)| known == owner).map(|(_, arrays)| arrays.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        // One by one, as a network twice is more memory than a browser may give.
        let mut arrays = Arrays::new(self.pipelines.device(), &self.queue);
        for array in owner.network().arrays() {
            let unread = |reason: String| Failure::Unread(Unread { reason });
            let data = array.values().into_data_async().await.map_err(|error| unread(error.to_string()))?;
            let values = data.try_to_vec().map_err(|error| unread(format!("{error:?}")))?;
            let added = arrays.add(&array.name, &array.shape, &array.row_major(values)).await;
            added.map_err(|error| Failure::Uncompiled(error.into()))?;
        }
        let arrays = Rc::new(arrays);
        self.arrays.borrow_mut().push((owner.clone(), arrays.clone()));
        Ok(arrays)
    }
}

/// The plan of runs.
fn plan(
    model: &Model,
    spec: &RunSpec,
    batch: usize,
    masks: &[(String, [usize; 4], Vec<f32>)],
    encoder: Option<&Encoder>,
    own: bool,
) -> Result<Plan, Refusal> {
    let upper = model.statistics.upper(spec.bound);
    let climbed: Vec<&str> = masks.iter().map(|(layer, ..)| layer.as_str()).collect();
    let encoding = encoder.map(|encoder| Encoding {
        encoder: (!own).then(|| Looker {
            graph: encoder.classifier.network().graph(),
            normalisation: encoder.normalisation.values(),
        }),
        layer: &encoder.layer,
    });
    Plan::ascent(
        batch,
        &crate::kernels::Ascent {
            generator: model.generator.network().graph(),
            classifier: Looker {
                graph: model.classifier.network().graph(),
                normalisation: model.normalisation.values(),
            },
            climbed: &climbed,
            moves: spec.jitter > 0 || spec.rescale > 0.0,
            encoding,
            noise: spec.epsilon3 > 0.0,
            upper: upper.as_deref(),
        },
    )
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
    executor: Rc<Executor>,
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
    coming: VecDeque<Reading>,
}

/// What is read of each step, in this order.
const READ: [Port; 5] = [Port::Read(0), Port::Activation, Port::Read(1), Port::Magnitude, Port::Moved];

impl Compiled {
    /// Sends the next step.
    fn send(&mut self) -> Result<(), DeviceError> {
        let (step, spec) = (self.sent, &self.spec);
        let moves = |seed: &u32| Step {
            offset: if spec.jitter > 0 { offsets(*seed, step, spec.jitter) } else { [0; 2] },
            factor: if spec.rescale > 0.0 { factor(*seed, step, spec.rescale) } else { 1.0 },
            rate: spec.schedule.rate(step, spec.steps),
            decay: spec.decay,
            epsilon1: spec.epsilon1,
            epsilon3: spec.epsilon3,
        };
        self.executor.prepare(&self.seeds.iter().map(moves).collect::<Vec<_>>())?;
        if spec.epsilon3 > 0.0 {
            let noise: Vec<f32> = self.seeds.iter().flat_map(|seed| noise(*seed, step, self.units)).collect();
            self.executor.give(Port::Noise, &noise)?;
        }
        self.coming.push_back(self.executor.step(&READ)?);
        self.sent += 1;
        Ok(())
    }
}

impl Climb for Compiled {
    fn step(&mut self) -> ascent::Reading<'_, Vec<Seen>> {
        let unread = |error: DeviceError| Unread {
            reason: match error {
                DeviceError::Unread { said } => said,
                error => error.to_string(),
            },
        };
        Box::pin(async move {
            while self.coming.is_empty() || self.coming.len() < AHEAD && self.sent < self.spec.steps {
                self.send().map_err(unread)?;
            }
            let missing = || Unread { reason: "an array is missing".into() };
            let coming = self.coming.pop_front().ok_or_else(missing)?;
            let read = coming.values().await.map_err(unread)?;
            let [images, activations, logits, magnitudes, moved] = read.try_into().map_err(|_| missing())?;
            self.taken += 1;
            self.codes = moved;
            // Too small to be divided by is none, as the update has it.
            let usable = |magnitude: f32| if magnitude.is_subnormal() { 0.0 } else { magnitude };
            let magnitudes: Vec<f32> = magnitudes.into_iter().map(usable).collect();
            let [_, height, width] = self.image;
            Ok(Seen::of_batch([self.seeds.len(), height, width], &images, &activations, &logits, &magnitudes))
        })
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
