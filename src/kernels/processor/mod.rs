//! A plan on the processor: the same launches, computed by vectors.
//!
//! Values lie `[batch, height, width, channels]` here, whatever order a port has; what is given and read is turned. Operations with
//! weights are made once for a network, and shared by all plans that it is part of; a step asks for no memory. Operations and
//! programs are handed to a [`Host`], which may be somewhere else: where there are threads.

mod make;

use std::{
    cell::RefCell,
    fmt::{self, Debug, Formatter},
    rc::Rc,
};

use dgn_processor::{self as processor, Operation, Place, Program};

use super::{
    device::DeviceError,
    plan::{Plan, Port},
    values::{Refusal, Scaled, Step},
};
use crate::nets::{shape::Shape, weights::Integers};

/// Whoever has a network's arrays.
pub trait Weights {
    /// Shape and values of an array, row by row; none where there is no such array.
    fn array(&self, name: &str) -> Option<(Vec<usize>, Vec<f32>)>;

    /// Shape and integers of a matrix; none where it is not kept like that.
    fn integers(&self, _name: &str) -> Option<(Vec<usize>, Integers)> {
        None
    }
}

/// Where operations are kept, and programs of them are run.
pub trait Host: Debug {
    /// Keeps an operation, and tells its number.
    ///
    /// # Errors
    /// [`DeviceError::Refused`].
    fn keep(&self, operation: Operation) -> Result<u32, DeviceError>;

    /// Lets an operation go, which programs that have it may keep.
    fn let_go(&self, operation: u32);

    /// Makes a program ready to be run.
    ///
    /// # Errors
    /// [`DeviceError::Refused`].
    fn begin(&self, program: Program) -> Result<Box<dyn Machine>, DeviceError>;
}

/// A program that is ready.
pub trait Machine: Debug {
    /// Gives a place its numbers.
    ///
    /// # Errors
    /// [`DeviceError::Unread`].
    fn write(&mut self, place: Place, numbers: &[f32]) -> Result<(), DeviceError>;

    /// Takes a step, and reads places behind it.
    ///
    /// # Errors
    /// [`DeviceError::Unread`].
    fn step(&mut self, read: &[Place]) -> Result<Vec<Vec<f32>>, DeviceError>;

    /// Milliseconds that each instruction takes in a step, behind which nothing is carried; none where there is no clock.
    fn time(&mut self) -> Option<Vec<f64>> {
        None
    }
}

/// This program itself.
#[derive(Debug, Default)]
pub struct Here(RefCell<processor::Host>);

impl Host for Here {
    fn keep(&self, operation: Operation) -> Result<u32, DeviceError> {
        Ok(self.0.borrow_mut().keep(operation))
    }

    fn let_go(&self, operation: u32) {
        self.0.borrow_mut().let_go(operation);
    }

    fn begin(&self, program: Program) -> Result<Box<dyn Machine>, DeviceError> {
        let machine = self.0.borrow().begin(program);
        machine.map(|machine| Box::new(machine) as _).ok_or_else(|| DeviceError::Refused { said: "a program".into() })
    }
}

impl Machine for processor::Machine {
    fn write(&mut self, place: Place, numbers: &[f32]) -> Result<(), DeviceError> {
        let room = self.place(place).filter(|room| room.len() == numbers.len());
        room.ok_or_else(|| DeviceError::Unread { said: "there is no such place".into() })?.copy_from_slice(numbers);
        Ok(())
    }

    fn step(&mut self, read: &[Place]) -> Result<Vec<Vec<f32>>, DeviceError> {
        Ok(Self::step(self, read))
    }

    #[cfg(feature = "native")]
    fn time(&mut self) -> Option<Vec<f64>> {
        let (mut before, mut times) = (std::time::Instant::now(), Vec::new());
        self.step_by_step(|_| {
            let now = std::time::Instant::now();
            times.push((now - before).as_secs_f64() * 1e3);
            before = now;
        });
        Some(times)
    }
}

/// Operations with the weights of a network.
#[derive(Debug, Default)]
pub struct Operations {
    made: RefCell<Vec<(Key, Rc<Kept>)>>,
}

/// What tells an operation from others of its network.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    array: String,
    is_back: bool,
    scaled: Option<Scaled>,
}

/// An operation that a host keeps, for as long as somebody has this.
struct Kept {
    number: u32,
    host: Rc<dyn Host>,
}

impl Debug for Kept {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "Kept({})", self.number)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.host.let_go(self.number);
    }
}

/// A network of a plan.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// Which link of the chain it is.
    pub link: usize,
    /// Its operations, all of them at one host.
    pub operations: &'a Operations,
    /// Whoever has its arrays.
    pub weights: &'a dyn Weights,
}

/// A plan on the processor, ready to be run.
#[derive(Debug)]
pub struct Processor {
    plan: Plan,
    /// The operations that it has.
    _kept: Vec<Rc<Kept>>,
    machine: Box<dyn Machine>,
}

impl Processor {
    /// Makes a plan ready at a host, where the networks' operations are too.
    ///
    /// # Errors
    /// [`DeviceError::Weights`], [`DeviceError::NoWeights`]; [`DeviceError::Launch`] for what only a graphics device computes;
    /// [`DeviceError::Refused`] by the host.
    pub fn new(plan: Plan, host: &Rc<dyn Host>, networks: &[Network]) -> Result<Self, DeviceError> {
        if let Some(node) = plan.mixed() {
            return Err(Refusal::Operation { node: node.to_owned(), operation: "reshape" }.into());
        }
        let (program, kept) = make::Maker { plan: &plan, host, networks }.program()?;
        Ok(Self { machine: host.begin(program)?, _kept: kept, plan })
    }

    /// Gives a port its values, for all steps from now on.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Values`], [`DeviceError::Unread`].
    pub fn give(&mut self, port: Port, values: &[f32]) -> Result<(), DeviceError> {
        let (place, shape) = self.place(port)?;
        if values.len() != place.numbers {
            return Err(DeviceError::Values { port, found: values.len(), wanted: place.numbers });
        }
        let each = count(shape);
        let turned = values.chunks_exact(each).flat_map(|values| row_major(shape).map(|place| values[place]));
        self.machine.write(place, &turned.collect::<Vec<_>>())
    }

    /// Says what the next step does, image by image.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Values`], [`DeviceError::Unread`].
    pub fn prepare(&mut self, steps: &[Step]) -> Result<(), DeviceError> {
        let numbers: Vec<f32> = steps.iter().flat_map(|step| step.numbers()).collect();
        self.give(Port::Steps, &numbers)
    }

    /// Takes a step, and reads ports behind it; [`Port::Input`] as this step was given it.
    ///
    /// # Errors
    /// [`DeviceError::NoPort`], [`DeviceError::Unread`].
    pub fn step(&mut self, read: &[Port]) -> Result<Vec<Vec<f32>>, DeviceError> {
        let places = read.iter().map(|port| self.place(*port)).collect::<Result<Vec<_>, _>>()?;
        let (places, shapes): (Vec<Place>, Vec<Shape>) = places.into_iter().unzip();
        let found = self.machine.step(&places)?;
        Ok(found.iter().zip(shapes).map(|(found, shape)| channels_first(found, shape)).collect())
    }

    /// Milliseconds that each launch takes, in their order, each the median of some steps; none where there is no clock.
    pub fn times(&mut self, steps: usize) -> Option<Vec<f64>> {
        let all = (0..steps.max(1)).map(|_| self.machine.time()).collect::<Option<Vec<_>>>()?;
        let median = |launch: usize| {
            let mut times: Vec<f64> = all.iter().filter_map(|times| times.get(launch).copied()).collect();
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied().unwrap_or_default()
        };
        Some((0..self.plan.launches().len()).map(median).collect())
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where a port is, and the shape of one of its images.
    fn place(&self, port: Port) -> Result<(Place, Shape), DeviceError> {
        let missing = || DeviceError::NoPort(port);
        let (slot, numbers) = self.plan.port(port).ok_or_else(missing)?;
        let shape = self.plan.value(port).map(|value| self.plan.shape(value)).ok_or_else(missing)?;
        Ok((Place { slot, numbers }, shape))
    }
}

/// Numbers of an image.
fn count(shape: Shape) -> usize {
    shape.values().unwrap_or(usize::MAX).max(1)
}

/// Images whose channels lie last, with their channels first.
fn channels_first(found: &[f32], shape: Shape) -> Vec<f32> {
    let mut values = vec![0.0; found.len()];
    for (values, found) in values.chunks_exact_mut(count(shape)).zip(found.chunks_exact(count(shape))) {
        found.iter().zip(row_major(shape)).for_each(|(found, place)| values[place] = *found);
    }
    values
}

/// For each number of an image as it lies here where it is when channels come first.
fn row_major(shape: Shape) -> impl Iterator<Item = usize> {
    let places = shape.height * shape.width;
    (0..places).flat_map(move |place| (0..shape.channels).map(move |channel| channel * places + place))
}
