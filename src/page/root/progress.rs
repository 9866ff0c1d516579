//! One bar for everything that has to be loaded: the arithmetic.

use crate::engine::protocol::{Part, Progress};

/// How much of the engine and of the weights has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    engine: Amount,
    weights: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Amount {
    loaded: u64,
    total: u64,
}

impl Tally {
    /// Nothing yet, of so many bytes; 0 where that is not known.
    pub fn new(engine: u64, weights: u64) -> Self {
        let of = |total| Amount { loaded: 0, total };
        Self { engine: of(engine), weights: of(weights) }
    }

    /// Takes down what the worker reports. A total that turns out too small grows.
    pub fn take(&mut self, progress: &Progress) {
        let amount = match progress.part {
            Part::Engine => &mut self.engine,
            Part::Weights => &mut self.weights,
        };
        if progress.total > 0 {
            amount.total = progress.total;
        }
        amount.loaded = progress.loaded;
        amount.total = amount.total.max(amount.loaded);
    }

    /// Bytes that have arrived.
    pub fn loaded(self) -> u64 {
        self.engine.loaded.saturating_add(self.weights.loaded)
    }

    /// Bytes in all, as far as known.
    pub fn total(self) -> u64 {
        self.engine.total.saturating_add(self.weights.total)
    }

    /// Bytes that have arrived, as a part of all, 0..=1.
    pub fn fraction(self) -> f64 {
        if self.total() == 0 { 0.0 } else { self.loaded() as f64 / self.total() as f64 }
    }

    /// Whether all is there, so that the networks are being prepared.
    pub fn is_complete(self) -> bool {
        self.total() > 0 && self.loaded() == self.total() && self.weights.loaded > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_count_into_one_bar() {
        let mut tally = Tally::new(100, 300);
        tally.take(&Progress { part: Part::Engine, loaded: 100, total: 100 });
        assert_eq!((tally.fraction(), tally.is_complete()), (0.25, false));
        tally.take(&Progress { part: Part::Weights, loaded: 300, total: 300 });
        assert_eq!((tally.fraction(), tally.is_complete()), (1.0, true));
    }

    #[test]
    fn the_bar_never_goes_past_its_end() {
        let mut tally = Tally::new(0, 0);
        assert_eq!(tally.fraction(), 0.0);
        tally.take(&Progress { part: Part::Engine, loaded: 50, total: 0 });
        tally.take(&Progress { part: Part::Weights, loaded: 500, total: 400 });
        assert_eq!((tally.loaded(), tally.total(), tally.fraction()), (550, 550, 1.0));
    }
}
