//! Plans on the processor.

use std::{cell::RefCell, rc::Rc};

use super::{Failure, Owner};
use crate::{
    kernels::{Operations, Plan, Processor, Weights},
    nets::{
        graph::Network,
        weights::{Array, Integers},
    },
};

/// The processor: what its kernels have made of the weights of networks, for all runs.
#[derive(Debug, Default)]
pub struct Vectors {
    operations: RefCell<Vec<(Owner, Rc<Operations>)>>,
}

impl Vectors {
    /// A plan on the processor. `owners` have the networks, in the order of the chain's.
    pub(super) fn processor(&self, plan: Plan, owners: &[Owner]) -> Result<Processor, Failure> {
        let operations: Vec<Rc<Operations>> = owners.iter().map(|owner| self.of(owner)).collect();
        let networks: Vec<Loaded> = owners.iter().map(|owner| Loaded(owner.network())).collect();
        let all = plan.networks().iter().zip(&operations).zip(&networks);
        let all: Vec<(usize, &Operations, &dyn Weights)> =
            all.map(|((link, operations), network)| (*link, operations.as_ref(), network as &dyn Weights)).collect();
        Processor::new(plan.clone(), &all).map_err(|error| Failure::Uncompiled(error.into()))
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
