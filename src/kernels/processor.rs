//! A plan on the processor: the same launches, computed by vectors.
//!
//! Values lie `[batch, height, width, channels]` here, whatever order a port has; what is given and read is turned. Operations with
//! weights are made once for a network, and shared by all plans that it is part of; a step asks for no memory.

use std::{cell::RefCell, rc::Rc};

use dgn_processor::{
    self as processor, Blend, Codes, Convolution, Depthwise, Epilogue, Linear, Map, MaxPool, Shares, Winograd,
};

use super::{
    device::DeviceError,
    launch::Launch,
    ops::{Kernel, Pool, Reduction, Resize, Task, Update, map},
    plan::{Plan, Port},
    values::{Array, Contents, Refusal, Scaled, Step, Value},
};
use crate::nets::{
    ops::Activation,
    shape::{Shape, WeightsError},
    weights::Integers,
};

/// Whoever has a network's arrays.
pub trait Weights {
    /// Shape and values of an array, row by row; none where there is no such array.
    fn array(&self, name: &str) -> Option<(Vec<usize>, Vec<f32>)>;

    /// Shape and integers of a matrix; none where it is not kept like that.
    fn integers(&self, _name: &str) -> Option<(Vec<usize>, Integers)> {
        None
    }
}

/// Operations with the weights of a network.
#[derive(Debug, Default)]
pub struct Operations {
    made: RefCell<Vec<(Key, Rc<Operation>)>>,
}

/// What tells an operation from others of its network.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    array: String,
    is_back: bool,
    scaled: Option<Scaled>,
}

/// What a launch does.
#[derive(Debug)]
enum Operation {
    Convolution(Convolution),
    Winograd(Winograd),
    Depthwise(Depthwise),
    Linear(Linear),
    MaxPool(MaxPool),
    /// An interpolation or a mean.
    Blend(Blend),
    /// Pictures moved, each by shares of its own.
    Motion(RefCell<Blend>),
    /// Factors on channels.
    Channels(Option<Vec<f32>>),
    /// Numbers that lie otherwise: for each where it is read.
    Rearrangement(Vec<usize>),
    Reduction,
    /// The largest value of each number of a code.
    Update(Option<Vec<f32>>),
}

/// A launch with all that it needs.
#[derive(Debug)]
struct Ready {
    operation: Rc<Operation>,
    bias: Option<Vec<f32>>,
}

/// A plan on the processor, ready to be run.
#[derive(Debug)]
pub struct Processor {
    plan: Plan,
    launches: Vec<Ready>,
    /// One for each slot of the plan.
    slots: Vec<Vec<f32>>,
    scratch: Vec<f32>,
}

impl Processor {
    /// Makes a plan ready. `networks` are the operations of each link that is a network, by its place, and whoever has its arrays.
    ///
    /// # Errors
    /// [`DeviceError::Weights`], [`DeviceError::NoWeights`]; [`DeviceError::Launch`] for what only a graphics device computes.
    pub fn new(plan: Plan, networks: &[(usize, &Operations, &dyn Weights)]) -> Result<Self, DeviceError> {
        if let Some(node) = plan.mixed() {
            return Err(Refusal::Operation { node: node.to_owned(), operation: "reshape" }.into());
        }
        let maker = Maker { plan: &plan, networks };
        let launches = plan.launches().iter().map(|launch| maker.ready(launch)).collect::<Result<Vec<_>, _>>()?;
        let scratch = launches.iter().map(|ready| ready.operation.scratch(plan.batch())).max().unwrap_or_default();
        let slots = plan.slots().iter().map(|numbers| vec![0.0; *numbers]).collect();
        Ok(Self { launches, slots, scratch: vec![0.0; scratch], plan })
    }

    /// Gives a port its values, for all steps from now on.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Values`].
    pub fn give(&mut self, port: Port, values: &[f32]) -> Result<(), DeviceError> {
        let (slot, wanted) = self.plan.port(port).ok_or(DeviceError::NoPort(port))?;
        if values.len() != wanted {
            return Err(DeviceError::Values { port, found: values.len(), wanted });
        }
        let shape = self.plan.value(port).map(|value| self.plan.shape(value));
        let shape = shape.ok_or(DeviceError::NoPort(port))?;
        for (slot, values) in images(&mut self.slots[slot][..wanted], shape).zip(values.chunks_exact(count(shape))) {
            slot.iter_mut().zip(row_major(shape)).for_each(|(slot, place)| *slot = values[place]);
        }
        Ok(())
    }

    /// Says what the next step does, image by image.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Values`].
    pub fn prepare(&mut self, steps: &[Step]) -> Result<(), DeviceError> {
        let numbers: Vec<f32> = steps.iter().flat_map(|step| step.numbers()).collect();
        self.give(Port::Steps, &numbers)
    }

    /// Takes a step, and reads ports behind it; [`Port::Input`] as this step was given it.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`].
    pub fn step(&mut self, read: &[Port]) -> Result<Vec<Vec<f32>>, DeviceError> {
        for (launch, ready) in self.plan.launches().iter().zip(&self.launches) {
            run(&self.plan, launch, ready, &mut self.slots, &mut self.scratch);
        }
        let read = read.iter().map(|port| self.read(*port)).collect();
        if let (Some((moved, numbers)), Some((input, _))) = (self.plan.port(Port::Moved), self.plan.port(Port::Input))
            && let Ok([moved, input]) = self.slots.get_disjoint_mut([moved, input])
        {
            input[..numbers].copy_from_slice(&moved[..numbers]);
        }
        read
    }

    fn read(&self, port: Port) -> Result<Vec<f32>, DeviceError> {
        let missing = || DeviceError::NoPort(port);
        let (slot, numbers) = self.plan.port(port).ok_or_else(missing)?;
        let shape = self.plan.value(port).map(|value| self.plan.shape(value)).ok_or_else(missing)?;
        let mut values = vec![0.0; numbers];
        let slots = self.slots[slot][..numbers].chunks_exact(count(shape));
        for (values, slot) in images(&mut values, shape).zip(slots) {
            slot.iter().zip(row_major(shape)).for_each(|(slot, place)| values[place] = *slot);
        }
        Ok(values)
    }
}

/// Numbers of an image.
fn count(shape: Shape) -> usize {
    shape.values().unwrap_or(usize::MAX).max(1)
}

fn images(values: &mut [f32], shape: Shape) -> impl Iterator<Item = &mut [f32]> {
    values.chunks_exact_mut(count(shape))
}

/// For each number of an image as it lies here where it is when channels come first.
fn row_major(shape: Shape) -> impl Iterator<Item = usize> {
    let places = shape.height * shape.width;
    (0..places).flat_map(move |place| (0..shape.channels).map(move |channel| channel * places + place))
}

/// Does a launch.
fn run(plan: &Plan, launch: &Launch, ready: &Ready, slots: &mut [Vec<f32>], scratch: &mut [f32]) {
    let Some(to) = plan.slot(launch.result) else { return };
    let mut result = std::mem::take(&mut slots[to]);
    let of = |value: Value| match plan.slot(value) {
        Some(slot) => &slots[slot][..plan.numbers(value)],
        None => &[],
    };
    let epilogue = Epilogue {
        bias: ready.bias.as_deref(),
        summand: launch.epilogue.summand.map(of),
        activation: launch.epilogue.activation.map(activation),
        derivative: launch.epilogue.derivative.map(|derivative| (activation(derivative.of), of(derivative.kept))),
    };
    let (source, numbers) = (of(launch.source), plan.numbers(launch.result));
    let values = &mut result[..numbers];
    let is_back = matches!(launch.task, Task::Gradient(_));
    match (&*ready.operation, &launch.task) {
        (Operation::Convolution(op), _) => op.run(source, epilogue, values),
        (Operation::Winograd(op), _) => op.run(source, epilogue, values, scratch),
        (Operation::Depthwise(op), _) => op.run(source, epilogue, values),
        (Operation::Linear(op), _) if is_back => op.gradient(source, epilogue, values, scratch),
        (Operation::Linear(op), _) => op.forward(source, epilogue, values, scratch),
        (Operation::MaxPool(op), _) if is_back => op.gradient(source, of(launch.input), epilogue, values, scratch),
        (Operation::MaxPool(op), _) => op.forward(source, epilogue, values),
        (Operation::Blend(op), _) => blend(op, is_back, source, epilogue, values, 0),
        (Operation::Motion(op), Task::Forward(Kernel::Motion(motion)) | Task::Gradient(Kernel::Motion(motion))) => {
            let mut op = op.borrow_mut();
            let each = op.to.values();
            let steps = of(motion.steps).chunks_exact(Step::NUMBERS);
            for (image, (values, step)) in values.chunks_exact_mut(each).zip(steps).enumerate() {
                let (height, width) = (op.to.height, op.to.width);
                op.shares[0].set_moved(height, step[0] as i64, step[2]);
                op.shares[1].set_moved(width, step[1] as i64, step[2]);
                let source = &source[image * each..][..each];
                blend(&op, is_back, source, epilogue, values, image * each);
            }
        }
        (Operation::Channels(factors), _) => {
            let shape = plan.shape(launch.result);
            processor::channels(shape.channels, factors.as_deref(), source, epilogue, values);
        }
        (Operation::Rearrangement(from), _) => {
            let shape = plan.shape(launch.result);
            for (values, source) in images(values, shape).zip(source.chunks_exact(from.len().max(1))) {
                values.iter_mut().zip(from).for_each(|(value, place)| *value = source[*place]);
            }
            processor::settle(shape.channels, epilogue, values);
        }
        (Operation::Reduction, Task::Reduce(Reduction::Product(other), numbers)) => {
            processor::product(*numbers, source, of(*other), epilogue.summand, values);
        }
        (Operation::Reduction, Task::Reduce(Reduction::MeanMagnitude, numbers)) => {
            processor::mean_magnitude(*numbers, source, values);
        }
        (Operation::Update(upper), Task::Update(update)) => moved(update, upper.as_deref(), &of, values),
        // An operation is made from its launch's own task.
        (Operation::Motion(_) | Operation::Reduction | Operation::Update(_), _) => {}
    }
    slots[to] = result;
}

/// Interpolates all images; `before` are the numbers of those before.
fn blend(op: &Blend, is_back: bool, source: &[f32], epilogue: Epilogue, values: &mut [f32], before: usize) {
    let (from, to) = if is_back { (op.to.values(), op.from.values()) } else { (op.from.values(), op.to.values()) };
    for (image, (source, values)) in source.chunks_exact(from).zip(values.chunks_exact_mut(to)).enumerate() {
        let before = before + image * to;
        if is_back {
            op.gradient(source, epilogue, values, before);
        } else {
            op.forward(source, epilogue, values, before);
        }
    }
}

/// Moves codes.
fn moved<'a>(update: &Update, upper: Option<&'a [f32]>, of: &impl Fn(Value) -> &'a [f32], values: &mut [f32]) {
    let codes = Codes {
        units: update.units,
        code: of(update.code),
        gradient: of(update.gradient),
        magnitudes: of(update.magnitudes),
        drawn: update.drawn.map(of),
        noise: update.noise.map(of),
        upper,
    };
    let steps = of(update.steps);
    let step = |image: usize| {
        let numbers = &steps[image * Step::NUMBERS..][..Step::NUMBERS];
        processor::Step { rate: numbers[3], decay: numbers[4], epsilon1: numbers[5], epsilon3: numbers[6] }
    };
    processor::update(codes, step, values);
}

impl Operation {
    /// How many numbers of memory it needs.
    fn scratch(&self, batch: usize) -> usize {
        match self {
            Self::Winograd(op) => op.scratch(),
            Self::Linear(op) => op.scratch(batch),
            Self::MaxPool(op) => op.scratch(),
            _ => 0,
        }
    }
}

/// Makes launches ready.
struct Maker<'a> {
    plan: &'a Plan,
    networks: &'a [(usize, &'a Operations, &'a dyn Weights)],
}

impl Maker<'_> {
    fn ready(&self, launch: &Launch) -> Result<Ready, DeviceError> {
        let operation = match &launch.task {
            Task::Forward(kernel) => self.kernel(launch, kernel, false)?,
            Task::Gradient(kernel) => self.kernel(launch, kernel, true)?,
            Task::Reduce(..) => Rc::new(Operation::Reduction),
            Task::Update(update) => {
                let upper = update.upper.map(|upper| self.per_number(upper, launch.result)).transpose()?;
                Rc::new(Operation::Update(upper))
            }
        };
        let bias = launch.epilogue.bias.map(|bias| self.per_number(bias, launch.result)).transpose()?;
        Ok(Ready { operation, bias })
    }

    /// The operation of a kernel.
    fn kernel(&self, launch: &Launch, kernel: &Kernel, is_back: bool) -> Result<Rc<Operation>, DeviceError> {
        // Shapes of an operation's input and result, whichever is computed here.
        let (source, result) = (self.plan.shape(launch.source), self.plan.shape(launch.result));
        let (input, output) = if is_back { (result, source) } else { (source, result) };
        let too_large = || Refusal::Large { node: launch.name.clone() };
        // What has places reads and gives its numbers in its own shapes only.
        if kernel.shapes().is_some_and(|own| own != [input, output]) {
            return Err(Refusal::Operation { node: launch.name.clone(), operation: "reshape" }.into());
        }
        let operation = match kernel {
            Kernel::Convolution(op) => {
                return self.known(op.weight(), is_back, |weights| {
                    let (plane, places) = op.plane(source, result, is_back).ok_or_else(too_large)?;
                    let weight = |g: usize, m: usize, c: usize, element: usize| weights[places.of(g, m, c, element)];
                    Ok(match Winograd::new(&plane, &weight) {
                        Some(op) => Operation::Winograd(op),
                        None => Operation::Convolution(Convolution::new(plane, &weight)),
                    })
                });
            }
            Kernel::Depthwise(op) => {
                return self.known(op.weight, is_back, |weights| {
                    let area = op.kernel[0] * op.kernel[1];
                    let weight = |channel: usize, element: usize| weights[channel * area + element];
                    let maps = [map(source), map(result)];
                    Ok(Operation::Depthwise(Depthwise::new(maps, op.seen(is_back), op.kernel, &weight)))
                });
            }
            Kernel::Linear(op) => {
                let [units, inputs]: [Vec<usize>; 2] = [output, input].map(|shape| row_major(shape).collect());
                let place = |unit: usize, number: usize| units[unit] * op.inputs + inputs[number];
                return self.made(op.weight, false, || {
                    let operation = match self.integers(op.weight)? {
                        Some(Integers { values, factors }) => {
                            let factors = units.iter().map(|unit| factors[*unit]).collect();
                            Linear::of_integers(op.inputs, &|unit, number| values[place(unit, number)], factors)
                        }
                        None => {
                            let weights = self.values(op.weight)?;
                            Linear::new(op.units, op.inputs, &|unit, number| weights[place(unit, number)])
                        }
                    };
                    Ok(Operation::Linear(operation))
                });
            }
            Kernel::MaxPool(op) => {
                let windows = op.windows();
                Operation::MaxPool(MaxPool { from: map(op.input), to: map(op.output), windows })
            }
            Kernel::AveragePool(op) => Operation::Blend(means(op)),
            Kernel::GlobalAverage(op) => {
                let shares = [op.input.height, op.input.width].map(|side| {
                    let mut shares = Shares::new();
                    shares.push((0..side).map(|place| (place, 1.0 / side as f32)));
                    shares
                });
                let to = Map { height: 1, width: 1, channels: op.input.channels };
                Operation::Blend(Blend { from: map(op.input), to, shares })
            }
            Kernel::Resize(op) => Operation::Blend(self.resized(op)?),
            Kernel::Motion(op) => {
                let map = map(op.shape);
                Operation::Motion(RefCell::new(Blend { from: map, to: map, shares: Default::default() }))
            }
            Kernel::Channels(op) if op.rearranges => {
                // Where each number is when channels come first, and where those lie in the source.
                let mut lies = vec![0; count(source)];
                row_major(source).enumerate().for_each(|(place, number)| lies[number] = place);
                Operation::Rearrangement(row_major(result).map(|number| lies[number]).collect())
            }
            Kernel::Channels(op) => {
                let scale = op.scale.map(|scale| self.per_number(scale, launch.result)).transpose()?;
                Operation::Channels(scale)
            }
        };
        Ok(Rc::new(operation))
    }

    /// The operation with a weight: one that the network has already, or a new one of the weight's values.
    fn known(
        &self,
        weight: Array,
        is_back: bool,
        make: impl FnOnce(Vec<f32>) -> Result<Operation, Refusal>,
    ) -> Result<Rc<Operation>, DeviceError> {
        self.made(weight, is_back, || Ok(make(self.values(weight)?)?))
    }

    /// The operation with a weight: one that the network has already, or a new one.
    fn made(
        &self,
        weight: Array,
        is_back: bool,
        make: impl FnOnce() -> Result<Operation, DeviceError>,
    ) -> Result<Rc<Operation>, DeviceError> {
        let Contents::Weights { link, name, scaled, .. } = self.plan.array(weight) else {
            return Ok(Rc::new(make()?));
        };
        let (_, operations, _) = self.network(*link)?;
        let key = Key { array: name.clone(), is_back, scaled: scaled.clone() };
        let known = operations.made.borrow().iter().find(|(known, _)| *known == key).map(|(_, made)| made.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Rc::new(make()?);
        operations.made.borrow_mut().push((key, made.clone()));
        Ok(made)
    }

    fn network(&self, link: usize) -> Result<&(usize, &Operations, &dyn Weights), DeviceError> {
        let found = self.networks.iter().find(|(place, ..)| *place == link);
        found.ok_or(DeviceError::NoWeights { link })
    }

    /// A matrix as integers with a factor a row, where its network keeps it so and nothing else is multiplied in.
    fn integers(&self, array: Array) -> Result<Option<Integers>, DeviceError> {
        let Contents::Weights { link, name, shape: wanted, scaled: None } = self.plan.array(array) else {
            return Ok(None);
        };
        let (_, _, weights) = self.network(*link)?;
        Ok(weights.integers(name).filter(|(found, _)| found == wanted).map(|(_, integers)| integers))
    }

    /// The values of an array, row by row, with the factors that it is multiplied by.
    fn values(&self, array: Array) -> Result<Vec<f32>, DeviceError> {
        match self.plan.array(array) {
            Contents::Given(values) => Ok(values.clone()),
            Contents::Weights { link, name, shape: wanted, scaled } => {
                let (_, _, weights) = self.network(*link)?;
                let missing = || WeightsError::Missing { name: name.clone() };
                let (found, mut values) = weights.array(name).ok_or_else(missing)?;
                if found != *wanted || values.len() != wanted.iter().product::<usize>() {
                    return Err(WeightsError::Shape { name: name.clone(), found, wanted: wanted.clone() }.into());
                }
                if let Some(Scaled { factors, inner }) = scaled {
                    let factors = |place: usize| factors[place / inner % factors.len()];
                    values.iter_mut().enumerate().for_each(|(place, value)| *value *= factors(place));
                }
                Ok(values)
            }
        }
    }

    /// An array of a number for each channel of a value, or for each of its numbers where it is read as one without places: in
    /// the order in which the numbers lie.
    fn per_number(&self, array: Array, value: Value) -> Result<Vec<f32>, DeviceError> {
        let (values, shape) = (self.values(array)?, self.plan.shape(value));
        if values.len() == shape.channels {
            return Ok(values);
        }
        Ok(row_major(shape).filter_map(|place| values.get(place).copied()).collect())
    }

    fn resized(&self, op: &Resize) -> Result<Blend, DeviceError> {
        let table = self.values(op.table)?;
        let pairs = |first: usize, count: usize| {
            let mut shares = Shares::new();
            for pair in table.chunks_exact(2).skip(first).take(count) {
                let (low, share) = (pair[0] as usize, pair[1]);
                let high = (share > 0.0).then_some((low + 1, share));
                shares.push([(low, 1.0 - share)].into_iter().chain(high));
            }
            shares
        };
        let (rows, columns) = (op.output.height, op.output.width);
        Ok(Blend { from: map(op.input), to: map(op.output), shares: [pairs(0, rows), pairs(rows, columns)] })
    }
}

/// Means of windows.
fn means(op: &Pool) -> Blend {
    let [rows, columns] = op.windows();
    let shares = |windows: Vec<[usize; 2]>, kernel: usize| {
        let mut shares = Shares::new();
        for [first, last] in windows {
            let counted = if op.count_padding { kernel } else { last - first };
            shares.push((first..last).map(|place| (place, 1.0 / counted as f32)));
        }
        shares
    };
    let shares = [shares(rows, op.kernel[0]), shares(columns, op.kernel[1])];
    Blend { from: map(op.input), to: map(op.output), shares }
}

fn activation(activation: Activation) -> processor::Activation {
    match activation {
        Activation::Relu => processor::Activation::Relu,
        Activation::LeakyRelu { slope } => processor::Activation::LeakyRelu(slope),
        Activation::Clip { low, high } => processor::Activation::Clip(low, high),
        Activation::Sigmoid => processor::Activation::Sigmoid,
        Activation::Silu => processor::Activation::Silu,
        Activation::HardSigmoid => processor::Activation::HardSigmoid,
        Activation::HardSwish => processor::Activation::HardSwish,
        Activation::Tanh => processor::Activation::Tanh,
        Activation::Gelu => processor::Activation::Gelu,
    }
}
