//! Plans on the processor.

use std::{cell::RefCell, rc::Rc};

use super::{Failure, Owner};
use crate::{
    kernels::{self, Here, Host, Operations, Plan, Processor, Weights},
    nets::{
        graph::Network,
        weights::{Array, Integers},
    },
};

/// The processor: what its kernels have made of the weights of networks, for all runs.
#[derive(Debug)]
pub struct Vectors {
    host: Rc<dyn Host>,
    operations: RefCell<Vec<(Owner, Rc<Operations>)>>,
}

impl Default for Vectors {
    fn default() -> Self {
        Self { host: Rc::new(Here::default()), operations: RefCell::default() }
    }
}

impl Vectors {
    /// A plan on the processor. `owners` have the networks, in the order of the chain's.
    pub(super) fn processor(&self, plan: Plan, owners: &[Owner]) -> Result<Processor, Failure> {
        let operations: Vec<Rc<Operations>> = owners.iter().map(|owner| self.of(owner)).collect();
        let loaded: Vec<Loaded> = owners.iter().map(|owner| Loaded(owner.network())).collect();
        let networks = plan.networks().iter().zip(&operations).zip(&loaded);
        let networks: Vec<_> = networks
            .map(|((link, operations), weights)| kernels::Network { link: *link, operations, weights })
            .collect();
        Processor::new(plan.clone(), &self.host, &networks).map_err(|error| Failure::Uncompiled(error.into()))
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
