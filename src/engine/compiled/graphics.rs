//! Plans on a graphics device, on the one that Burn has.
//!
//! Each network's arrays are brought there once, for all plans.

use std::{cell::RefCell, collections::VecDeque, fmt, rc::Rc};

use burn::tensor::Device;

use super::{Failure, Owner};
use crate::kernels::{Arrays, Executor, Pipelines, Plan};

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

    /// Whether nothing is to be compiled.
    pub(super) fn is_imitated(&self) -> bool {
        self.imitated
    }

    /// The device as Burn has it.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Makes a plan's programs, for whoever executes it later; see [`Pipelines::make`].
    pub(super) async fn make(&self, plan: &Plan, side_of: &dyn Fn(usize, &str) -> Option<usize>) {
        if !self.imitated {
            self.pipelines.make(plan, side_of).await;
        }
    }

    /// A plan on the device: one that is there already and nobody else's, or a new one. `owners` have the networks, in the order of
    /// the chain's.
    pub(super) async fn executor(&self, plan: Plan, owners: Vec<Owner>) -> Result<Rc<Executor>, Failure> {
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
        let mut arrays = Arrays::new(self.pipelines.device(), &self.queue);
        for (name, array) in owner.network().arrays() {
            let added = arrays.add(name, array).await;
            added.map_err(|error| Failure::Uncompiled(error.into()))?;
        }
        let arrays = Rc::new(arrays);
        self.arrays.borrow_mut().push((owner.clone(), arrays.clone()));
        Ok(arrays)
    }
}
