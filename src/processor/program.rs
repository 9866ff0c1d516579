//! Programs: operations one after another, on slots of memory.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Activation, Blend, Codes, Convolution, Depthwise, Epilogue, Linear, Map, MaxPool, Shares, Step, Winograd, channels,
    mean_magnitude, product, settle, update,
};

/// An operation, with all that it needs beside the values that it reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Operation {
    /// A convolution, or a gradient that is one.
    Convolution(Convolution),
    /// The same with fewer multiplications.
    Winograd(Winograd),
    /// Each channel by itself.
    Depthwise(Depthwise),
    /// A fully connected layer, in both directions.
    Linear(Linear),
    /// The largest value of windows, in both directions.
    MaxPool(MaxPool),
    /// Resizing and means, in both directions.
    Blend(Blend),
    /// Pictures of this shape moved and rescaled, each by a [`Step`] of its own, in both directions.
    Motion(Map),
    /// Channels, as many as there are, times factors where there are any.
    Channels(usize, Option<Vec<f32>>),
    /// Numbers that lie otherwise: the channels of the result, and for each of its numbers where it is read.
    Rearrangement(usize, Vec<usize>),
    /// Σ a·b over so many numbers of each image, added to the summand.
    Product(usize),
    /// The mean magnitude of so many numbers of each image.
    MeanMagnitude(usize),
    /// Codes of so many numbers moved, and the largest value of each number.
    Update(usize, Option<Vec<f32>>),
}

/// The first numbers of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which slot.
    pub slot: usize,
    /// How many numbers.
    pub numbers: usize,
}

/// What an operation reads beside its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Beside {
    /// Nothing.
    None,
    /// What pooling has read, or a product's other factor.
    Values(Place),
    /// What each image's step is: [`Step::NUMBERS`] each.
    Steps(Place),
    /// What codes are moved by.
    Codes {
        /// The codes.
        code: Place,
        /// The gradients.
        gradient: Place,
        /// Their mean magnitudes, one a code.
        magnitudes: Place,
        /// What each image's step is.
        steps: Place,
        /// Codes of what was drawn.
        drawn: Option<Place>,
        /// Noise.
        noise: Option<Place>,
    },
}

/// One operation of a program, for all images of a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Instruction {
    /// The operation, by its number at the [`Host`].
    pub operation: u32,
    /// Whether it is the gradient of an operation that has both directions.
    pub is_back: bool,
    /// What is read.
    pub source: Place,
    /// What else is read.
    pub beside: Beside,
    /// What is written.
    pub result: Place,
    /// See [`Epilogue`].
    pub bias: Option<Vec<f32>>,
    /// See [`Epilogue`].
    pub summand: Option<Place>,
    /// See [`Epilogue`].
    pub activation: Option<Activation>,
    /// See [`Epilogue`].
    pub derivative: Option<(Activation, Place)>,
}

/// What a step is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// Numbers that each slot holds.
    pub slots: Vec<usize>,
    /// In their order.
    pub instructions: Vec<Instruction>,
    /// Images at once.
    pub batch: usize,
    /// What is copied to where behind a step, for the next one.
    pub carried: Option<[Place; 2]>,
}

/// Whoever keeps operations, for any number of programs.
#[derive(Debug, Default)]
pub struct Host {
    operations: BTreeMap<u32, Arc<Operation>>,
    next: u32,
}

impl Host {
    /// Keeps an operation, and tells its number.
    pub fn keep(&mut self, operation: Operation) -> u32 {
        let number = self.next;
        self.next += 1;
        self.operations.insert(number, Arc::new(operation));
        number
    }

    /// Lets an operation go. Programs that have it keep it.
    pub fn let_go(&mut self, operation: u32) {
        self.operations.remove(&operation);
    }

    /// Makes a program ready to be run; none where it names an operation that is not here, or a place that is not.
    pub fn begin(&self, program: Program) -> Option<Machine> {
        let known = |instruction: &Instruction| self.operations.get(&instruction.operation).cloned();
        let operations: Vec<_> = program.instructions.iter().map(known).collect::<Option<_>>()?;
        let is_here = |place: Place| program.slots.get(place.slot).is_some_and(|slot| place.numbers <= *slot);
        if !program.places().all(is_here) || program.carried.is_some_and(|[from, to]| from.numbers != to.numbers) {
            return None;
        }
        let scratch = operations.iter().map(|operation| operation.scratch(program.batch)).max().unwrap_or_default();
        let slots = program.slots.iter().map(|numbers| vec![0.0; *numbers]).collect();
        Some(Machine { program, operations, slots, scratch: vec![0.0; scratch], shares: Default::default() })
    }
}

impl Program {
    /// All places that it names.
    fn places(&self) -> impl Iterator<Item = Place> {
        let of_one = |instruction: &Instruction| {
            let mut places = vec![instruction.source, instruction.result];
            places.extend(instruction.summand);
            places.extend(instruction.derivative.map(|(_, place)| place));
            match instruction.beside {
                Beside::None => {}
                Beside::Values(place) | Beside::Steps(place) => places.push(place),
                Beside::Codes { code, gradient, magnitudes, steps, drawn, noise } => {
                    places.extend([code, gradient, magnitudes, steps]);
                    places.extend(drawn.into_iter().chain(noise));
                }
            }
            places
        };
        self.instructions.iter().flat_map(of_one).chain(self.carried.into_iter().flatten())
    }
}

impl Operation {
    /// How many numbers of memory it needs for a batch.
    fn scratch(&self, batch: usize) -> usize {
        match self {
            Self::Convolution(op) => op.scratch(),
            Self::Winograd(op) => op.scratch(),
            Self::Linear(op) => op.scratch(batch),
            Self::MaxPool(op) => op.scratch(),
            _ => 0,
        }
    }
}

/// A program with its memory. A step asks for none but for what is read.
#[derive(Debug)]
pub struct Machine {
    program: Program,
    /// Of each instruction.
    operations: Vec<Arc<Operation>>,
    slots: Vec<Vec<f32>>,
    scratch: Vec<f32>,
    /// How the picture lies that is being moved.
    shares: [Shares; 2],
}

impl Machine {
    /// The numbers of a place; none where there is no such place.
    pub fn place(&mut self, place: Place) -> Option<&mut [f32]> {
        self.slots.get_mut(place.slot)?.get_mut(..place.numbers)
    }

    /// Takes a step, and reads places behind it: what is carried to the next one has not been yet. Places that are not there
    /// have no numbers.
    pub fn step(&mut self, read: &[Place]) -> Vec<Vec<f32>> {
        self.step_by_step(|_| {});
        let read = read.iter().map(|place| self.place(*place).map(|numbers| numbers.to_vec()).unwrap_or_default());
        let read = read.collect();
        if let Some([from, to]) = self.program.carried
            && let Ok([source, result]) = self.slots.get_disjoint_mut([from.slot, to.slot])
        {
            result[..to.numbers].copy_from_slice(&source[..from.numbers]);
        }
        read
    }

    /// Takes a step without reading or carrying anything, and tells `ended` the number of each instruction behind it.
    pub fn step_by_step(&mut self, ended: impl FnMut(usize) + Send) {
        // The threads are entered once for all instructions.
        #[cfg(feature = "threads")]
        rayon::scope(|_| self.compute(ended));
        #[cfg(not(feature = "threads"))]
        self.compute(ended);
    }

    fn compute(&mut self, mut ended: impl FnMut(usize)) {
        let Self { program, operations, slots, scratch, shares } = self;
        for (number, (instruction, operation)) in program.instructions.iter().zip(operations).enumerate() {
            let Place { slot, numbers } = instruction.result;
            let mut result = std::mem::take(&mut slots[slot]);
            instruction.run(operation, slots, &mut result[..numbers], scratch, shares);
            slots[slot] = result;
            ended(number);
        }
    }
}

impl Instruction {
    fn run(
        &self,
        operation: &Operation,
        slots: &[Vec<f32>],
        values: &mut [f32],
        scratch: &mut [f32],
        shares: &mut [Shares; 2],
    ) {
        // What an operation writes it does not read, and what is written at the moment is not there.
        let of = |place: Place| slots[place.slot].get(..place.numbers).unwrap_or_default();
        let epilogue = Epilogue {
            bias: self.bias.as_deref(),
            summand: self.summand.map(of),
            activation: self.activation,
            derivative: self.derivative.map(|(activation, kept)| (activation, of(kept))),
        };
        let (source, is_back) = (of(self.source), self.is_back);
        match (operation, self.beside) {
            (Operation::Convolution(op), _) => op.run(source, epilogue, values, scratch),
            (Operation::Winograd(op), _) => op.run(source, epilogue, values, scratch),
            (Operation::Depthwise(op), _) => op.run(source, epilogue, values),
            (Operation::Linear(op), _) if is_back => op.gradient(source, epilogue, values, scratch),
            (Operation::Linear(op), _) => op.forward(source, epilogue, values, scratch),
            (Operation::MaxPool(op), Beside::Values(seen)) if is_back => {
                op.gradient(source, of(seen), epilogue, values, scratch);
            }
            (Operation::MaxPool(op), _) => op.forward(source, epilogue, values),
            (Operation::Blend(op), _) => op.run(is_back, source, epilogue, values, 0),
            (Operation::Motion(map), Beside::Steps(steps)) => {
                let each = map.values();
                let images = values.chunks_exact_mut(each).zip(source.chunks_exact(each));
                for (image, ((values, source), step)) in images.zip(steps_of(of(steps))).enumerate() {
                    let [rows, columns] = &mut *shares;
                    rows.set_moved(map.height, step.offset[0], step.inverse);
                    columns.set_moved(map.width, step.offset[1], step.inverse);
                    let mut moved = Blend { from: *map, to: *map, shares: std::mem::take(shares) };
                    moved.run(is_back, source, epilogue, values, image * each);
                    *shares = std::mem::take(&mut moved.shares);
                }
            }
            (Operation::Channels(count, factors), _) => channels(*count, factors.as_deref(), source, epilogue, values),
            (Operation::Rearrangement(channels, from), _) => {
                let each = from.len().max(1);
                for (values, source) in values.chunks_exact_mut(each).zip(source.chunks_exact(each)) {
                    values.iter_mut().zip(from).for_each(|(value, place)| *value = source[*place]);
                }
                settle(*channels, epilogue, values);
            }
            (Operation::Product(numbers), Beside::Values(other)) => {
                product(*numbers, source, of(other), epilogue.summand, values);
            }
            (Operation::MeanMagnitude(numbers), _) => mean_magnitude(*numbers, source, values),
            (Operation::Update(units, upper), Beside::Codes { code, gradient, magnitudes, steps, drawn, noise }) => {
                let codes = Codes {
                    units: *units,
                    code: of(code),
                    gradient: of(gradient),
                    magnitudes: of(magnitudes),
                    drawn: drawn.map(of),
                    noise: noise.map(of),
                    upper: upper.as_deref(),
                };
                update(codes, steps_of(of(steps)), values);
            }
            // Whoever makes a program names what an operation reads.
            (Operation::Motion(_) | Operation::Product(_) | Operation::Update(..), _) => {}
        }
    }
}

/// The steps of all images.
fn steps_of(numbers: &[f32]) -> impl Iterator<Item = Step> {
    numbers.as_chunks().0.iter().map(|numbers| Step::of(*numbers))
}
