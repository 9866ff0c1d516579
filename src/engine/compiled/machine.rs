//! What the steps of compiled runs are taken on, one by one or several that are read together.

use std::rc::Rc;

use crate::kernels::{self, DeviceError, Executor, Port, Processor, Reading, Step};

/// Steps that are on their way at once on a graphics device, so that it has work while a result is on its way.
const AHEAD: usize = 4;
/// The same for several steps that are read together.
const GROUPS_AHEAD: usize = 2;

/// What is read of each step, in this order.
pub(super) const HIDDEN: [Port; 3] = [Port::Activation, Port::Magnitude, Port::Moved];
/// What is read of a step whose picture is shown.
pub(super) const SHOWN: [Port; 5] = [Port::Activation, Port::Magnitude, Port::Moved, Port::Read(0), Port::Read(1)];

/// What a plan runs on.
#[derive(Debug)]
pub(super) enum Machine {
    Graphics(Rc<Executor>),
    Processor(Box<Processor>),
}

/// What some steps give.
#[derive(Debug)]
pub(super) enum Coming {
    /// It is on its way.
    Sent(Reading),
    There(Vec<Vec<f32>>),
}

/// What some steps give that come together.
#[derive(Debug)]
pub(super) enum Gathering {
    Graphics(kernels::Gathering),
    Processor(Vec<Vec<f32>>),
}

impl Machine {
    pub fn give(&mut self, port: Port, values: &[f32]) -> Result<(), DeviceError> {
        match self {
            Self::Graphics(executor) => executor.give(port, values),
            Self::Processor(processor) => processor.give(port, values),
        }
    }

    pub fn prepare(&mut self, steps: &[Step]) -> Result<(), DeviceError> {
        match self {
            Self::Graphics(executor) => executor.prepare(steps),
            Self::Processor(processor) => processor.prepare(steps),
        }
    }

    /// Begins to gather what so many steps give, the last of which shows its picture.
    pub fn gather(&self, steps: u32) -> Result<Gathering, DeviceError> {
        Ok(match self {
            Self::Graphics(executor) => {
                let hidden = std::iter::repeat_n(HIDDEN.as_slice(), steps.saturating_sub(1) as usize);
                Gathering::Graphics(
                    executor.gather(&hidden.chain([SHOWN.as_slice()]).flatten().copied().collect::<Vec<_>>())?,
                )
            }
            Self::Processor(_) => Gathering::Processor(Vec::new()),
        })
    }

    /// Takes a step, and gathers what is read of it.
    pub fn step(&mut self, read: &[Port], gathering: &mut Gathering) -> Result<(), DeviceError> {
        match (self, gathering) {
            (Self::Graphics(executor), Gathering::Graphics(gathering)) => executor.step_into(gathering, read),
            (Self::Processor(processor), Gathering::Processor(gathered)) => {
                gathered.extend(processor.step(read)?);
                Ok(())
            }
            _ => Err(DeviceError::Unread { said: "of another device".into() }),
        }
    }

    /// How many steps are taken together where so many may be: the processor has each one's picture at hand.
    pub fn together(&self, most: u32) -> u32 {
        match self {
            Self::Graphics(_) => most.max(1),
            Self::Processor(_) => 1,
        }
    }

    /// How many readings are on their way at once, of so many steps each.
    pub fn ahead(&self, steps: u32) -> usize {
        match self {
            Self::Graphics(_) if steps == 1 => AHEAD,
            Self::Graphics(_) => GROUPS_AHEAD,
            Self::Processor(_) => 1,
        }
    }
}

impl Gathering {
    pub fn read(self) -> Coming {
        match self {
            Self::Graphics(gathering) => Coming::Sent(gathering.read()),
            Self::Processor(gathered) => Coming::There(gathered),
        }
    }
}
