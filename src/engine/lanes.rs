//! Which runs are computed together.

use crate::spec::RunSpec;

/// The runs of one seed each that some runs stand for, see [`RunSpec::lanes`].
#[derive(Debug, Clone, PartialEq)]
pub struct Lanes {
    /// Those that [share a batch](RunSpec::shares_batch) together; batches are computed one after the other.
    pub batches: Vec<Batch>,
    /// Lanes in all.
    pub count: usize,
    /// The places among them of the runs themselves, and not of what they are compared with.
    pub own: Vec<usize>,
}

/// Runs that are computed together; there is one at least.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The runs.
    pub specs: Vec<RunSpec>,
    /// Their places among all.
    pub places: Vec<usize>,
}

impl Lanes {
    /// The lanes of some runs, in their order.
    pub fn of(specs: &[RunSpec]) -> Self {
        let (mut lanes, mut own) = (Vec::new(), Vec::new());
        for spec in specs {
            lanes.extend(spec.lanes());
            // What a run is compared with stands before it.
            own.extend(lanes.len() - spec.seeds as usize..lanes.len());
        }
        let (count, mut batches) = (lanes.len(), Vec::<Batch>::new());
        for (place, lane) in lanes.into_iter().enumerate() {
            match batches.iter_mut().find(|batch| batch.specs.iter().take(1).any(|first| first.shares_batch(&lane))) {
                Some(batch) => (batch.specs.push(lane), batch.places.push(place)),
                None => (batches.push(Batch { specs: vec![lane], places: vec![place] }), ()),
            };
        }
        Self { batches, count, own }
    }
}
