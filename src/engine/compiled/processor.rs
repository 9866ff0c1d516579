//! Plans on the processor.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use super::{Failure, Owner};
use crate::{
    kernels::{self, DeviceError, Here, Host, Operations, Plan, Processor, Weights},
    nets::{
        graph::Network,
        weights::{Array, Integers},
    },
};

/// The processor: what its kernels have made of the weights of networks, for all runs.
#[derive(Debug)]
pub struct Vectors {
    host: RefCell<Rc<dyn Host>>,
    threads: Cell<usize>,
    operations: RefCell<Vec<(Owner, Rc<Operations>)>>,
}

impl Default for Vectors {
    fn default() -> Self {
        Self::at(Rc::new(Here::default()), dgn_processor::threads())
    }
}

impl Vectors {
    /// At a host that has so many threads.
    pub(super) fn at(host: Rc<dyn Host>, threads: usize) -> Self {
        Self { host: RefCell::new(host), threads: Cell::new(threads), operations: RefCell::default() }
    }

    /// How many threads compute.
    pub(super) fn threads(&self) -> usize {
        self.threads.get()
    }

    /// A plan on the processor. `owners` have the networks, in the order of the chain's.
    pub(super) fn processor(&self, plan: Plan, owners: &[Owner]) -> Result<Processor, Failure> {
        let made = self.made(plan.clone(), owners);
        // A host elsewhere may have less memory than there is here.
        if let Err(DeviceError::Refused { .. }) = made {
            self.operations.borrow_mut().clear();
            *self.host.borrow_mut() = Rc::new(Here::default());
            #[cfg(feature = "engine")]
            super::threads::end();
            self.threads.set(dgn_processor::threads());
            return self.made(plan, owners).map_err(|error| Failure::Uncompiled(error.into()));
        }
        made.map_err(|error| Failure::Uncompiled(error.into()))
    }

    fn made(&self, plan: Plan, owners: &[Owner]) -> Result<Processor, DeviceError> {
        let operations: Vec<Rc<Operations>> = owners.iter().map(|owner| self.of(owner)).collect();
        let loaded: Vec<Loaded> = owners.iter().map(|owner| Loaded(owner.network())).collect();
        let networks = plan.networks().iter().zip(&operations).zip(&loaded);
        let networks: Vec<_> = networks
            .map(|((link, operations), weights)| kernels::Network { link: *link, operations, weights })
            .collect();
        let host = self.host.borrow().clone();
        Processor::new(plan, &host, &networks)
    }

    fn of(&self, owner: &Owner) -> Rc<Operations> {
        let mut known = self.operations.borrow_mut();
        if let Some((_, operations)) = known.iter().find(|(other, _)| other == owner) {
            return operations.clone();
        }
        let made = Rc::<Operations>::default();
        known.push((owner.clone(), made.clone()));
        made
    }
}

/// A network's arrays.
struct Loaded<'a>(&'a Network);

impl Loaded<'_> {
    fn find(&self, name: &str) -> Option<&Array> {
        self.0.arrays().find(|(known, _)| *known == name).map(|(_, array)| array)
    }
}

impl Weights for Loaded<'_> {
    fn array(&self, name: &str) -> Option<(Vec<usize>, Vec<f32>)> {
        let array = self.find(name)?;
        Some((array.shape().to_vec(), array.values()))
    }

    fn integers(&self, name: &str) -> Option<(Vec<usize>, Integers)> {
        let array = self.find(name)?;
        Some((array.shape().to_vec(), array.integers()?))
    }
}
