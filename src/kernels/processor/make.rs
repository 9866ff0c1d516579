//! The programs of plans: of each launch an instruction, and the operation with its weights.

use std::rc::Rc;

use dgn_processor::{
    self as processor, Beside, Blend, Convolution, Depthwise, Instruction, Linear, Map, MaxPool, Operation, Place,
    Program, Shares, Winograd,
};

use super::{Kept, Key, Network, count, row_major};
use crate::{
    kernels::{
        device::DeviceError,
        launch::Launch,
        ops::{Kernel, Pool, Reduction, Resize, Task, Update, map},
        plan::{Plan, Port},
        values::{Array, Contents, Refusal, Scaled, Value},
    },
    nets::{ops::Activation, shape::WeightsError, weights::Integers},
};

/// Makes programs.
pub(super) struct Maker<'a> {
    pub plan: &'a Plan,
    pub host: &'a Rc<dyn super::Host>,
    pub networks: &'a [Network<'a>],
}

impl Maker<'_> {
    /// The program of the plan, and the operations that it has.
    pub fn program(&self) -> Result<(Program, Vec<Rc<Kept>>), DeviceError> {
        let mut kept = Vec::new();
        let mut instructions = Vec::new();
        for launch in self.plan.launches() {
            let operation = self.operation(launch)?;
            instructions.push(self.instruction(launch, operation.number)?);
            kept.push(operation);
        }
        let carried = self.port(Port::Moved).zip(self.port(Port::Input)).map(<[Place; 2]>::from);
        let (slots, batch) = (self.plan.slots().to_vec(), self.plan.batch());
        Ok((Program { slots, instructions, batch, carried }, kept))
    }

    fn port(&self, port: Port) -> Option<Place> {
        let (slot, numbers) = self.plan.port(port)?;
        Some(Place { slot, numbers })
    }

    /// Where a value is.
    fn place(&self, value: Value) -> Place {
        // A value that nobody needs has no slot, and nobody reads it.
        self.plan
            .slot(value)
            .map_or(Place { slot: 0, numbers: 0 }, |slot| Place { slot, numbers: self.plan.numbers(value) })
    }

    fn instruction(&self, launch: &Launch, operation: u32) -> Result<Instruction, DeviceError> {
        let place = |value| self.place(value);
        let beside = match &launch.task {
            Task::Gradient(Kernel::MaxPool(_)) => Beside::Values(place(launch.input)),
            Task::Forward(Kernel::Motion(motion)) | Task::Gradient(Kernel::Motion(motion)) => {
                Beside::Steps(place(motion.steps))
            }
            Task::Forward(_) | Task::Gradient(_) | Task::Reduce(Reduction::MeanMagnitude, _) => Beside::None,
            Task::Reduce(Reduction::Product(other), _) => Beside::Values(place(*other)),
            Task::Update(Update { code, gradient, magnitudes, steps, drawn, noise, .. }) => Beside::Codes {
                code: place(*code),
                gradient: place(*gradient),
                magnitudes: place(*magnitudes),
                steps: place(*steps),
                drawn: drawn.map(place),
                noise: noise.map(place),
            },
        };
        let epilogue = &launch.epilogue;
        Ok(Instruction {
            operation,
            is_back: matches!(launch.task, Task::Gradient(_)),
            source: place(launch.source),
            beside,
            result: place(launch.result),
            bias: epilogue.bias.map(|bias| self.per_number(bias, launch.result)).transpose()?,
            summand: epilogue.summand.map(place),
            activation: epilogue.activation.map(activation),
            derivative: epilogue.derivative.map(|derivative| (activation(derivative.of), place(derivative.kept))),
        })
    }

    /// The operation of a launch.
    fn operation(&self, launch: &Launch) -> Result<Rc<Kept>, DeviceError> {
        let operation = match &launch.task {
            Task::Forward(kernel) => return self.kernel(launch, kernel, false),
            Task::Gradient(kernel) => return self.kernel(launch, kernel, true),
            Task::Reduce(Reduction::Product(_), numbers) => Operation::Product(*numbers),
            Task::Reduce(Reduction::MeanMagnitude, numbers) => Operation::MeanMagnitude(*numbers),
            Task::Update(update) => {
                let upper = update.upper.map(|upper| self.per_number(upper, launch.result)).transpose()?;
                Operation::Update(update.units, upper)
            }
        };
        self.keep(operation)
    }

    fn keep(&self, operation: Operation) -> Result<Rc<Kept>, DeviceError> {
        Ok(Rc::new(Kept { number: self.host.keep(operation)?, host: self.host.clone() }))
    }

    /// The operation of a kernel.
    fn kernel(&self, launch: &Launch, kernel: &Kernel, is_back: bool) -> Result<Rc<Kept>, DeviceError> {
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
            Kernel::Motion(op) => Operation::Motion(map(op.shape)),
            Kernel::Channels(op) if op.rearranges => {
                // Where each number is when channels come first, and where those lie in the source.
                let mut lies = vec![0; count(source)];
                row_major(source).enumerate().for_each(|(place, number)| lies[number] = place);
                Operation::Rearrangement(result.channels, row_major(result).map(|number| lies[number]).collect())
            }
            Kernel::Channels(op) => {
                let scale = op.scale.map(|scale| self.per_number(scale, launch.result)).transpose()?;
                Operation::Channels(result.channels, scale)
            }
        };
        self.keep(operation)
    }

    /// The operation with a weight: one that the network has already, or a new one of the weight's values.
    fn known(
        &self,
        weight: Array,
        is_back: bool,
        make: impl FnOnce(Vec<f32>) -> Result<Operation, Refusal>,
    ) -> Result<Rc<Kept>, DeviceError> {
        self.made(weight, is_back, || Ok(make(self.values(weight)?)?))
    }

    /// The operation with a weight: one that the network has already, or a new one.
    fn made(
        &self,
        weight: Array,
        is_back: bool,
        make: impl FnOnce() -> Result<Operation, DeviceError>,
    ) -> Result<Rc<Kept>, DeviceError> {
        let Contents::Weights { link, name, scaled, .. } = self.plan.array(weight) else {
            return self.keep(make()?);
        };
        let operations = self.network(*link)?.operations;
        let key = Key { array: name.clone(), is_back, scaled: scaled.clone() };
        let known = operations.made.borrow().iter().find(|(known, _)| *known == key).map(|(_, made)| made.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = self.keep(make()?)?;
        operations.made.borrow_mut().push((key, made.clone()));
        Ok(made)
    }

    fn network(&self, link: usize) -> Result<&Network<'_>, DeviceError> {
        let found = self.networks.iter().find(|network| network.link == link);
        found.ok_or(DeviceError::NoWeights { link })
    }

    /// A matrix as integers with a factor a row, where its network keeps it so and nothing else is multiplied in.
    fn integers(&self, array: Array) -> Result<Option<Integers>, DeviceError> {
        let Contents::Weights { link, name, shape: wanted, scaled: None } = self.plan.array(array) else {
            return Ok(None);
        };
        let weights = self.network(*link)?.weights;
        Ok(weights.integers(name).filter(|(found, _)| found == wanted).map(|(_, integers)| integers))
    }

    /// The values of an array, row by row, with the factors that it is multiplied by.
    fn values(&self, array: Array) -> Result<Vec<f32>, DeviceError> {
        match self.plan.array(array) {
            Contents::Given(values) => Ok(values.clone()),
            Contents::Weights { link, name, shape: wanted, scaled } => {
                let weights = self.network(*link)?.weights;
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
