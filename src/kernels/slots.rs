//! Buffers for values, reused once nobody reads a value any more.
//!
//! A slot holds one value at a time, from its beginning: so a launch's result is never in a buffer that it reads, which the
//! standard forbids where one of the two is written, and no offset needs to be aligned.

use super::values::Value;

/// Which value is in which slot.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Slots {
    /// Slot of each value; none for one that no launch computes or reads.
    pub of: Vec<Option<usize>>,
    /// Values that each slot has to hold.
    pub sizes: Vec<usize>,
}

/// Assigns slots to values of so many numbers. Those in `given` are there before the first launch and stay; those in `wanted`
/// stay behind the last. A launch is told by what it reads and what it writes.
pub(super) fn assign(sizes: &[usize], launches: &[(Vec<Value>, Value)], given: &[Value], wanted: &[Value]) -> Slots {
    let mut last_reader = vec![0; sizes.len()];
    for (number, launch) in launches.iter().enumerate() {
        for value in launch.0.iter().chain([&launch.1]) {
            last_reader[value.0] = number;
        }
    }
    for value in given.iter().chain(wanted) {
        last_reader[value.0] = usize::MAX;
    }
    let mut slots = Slots { of: vec![None; sizes.len()], sizes: Vec::new() };
    let mut free = Vec::new();
    for value in given {
        slots.place(*value, sizes[value.0], &mut free);
    }
    for (number, launch) in launches.iter().enumerate() {
        let (read, result) = launch;
        slots.place(*result, sizes[result.0], &mut free);
        let mut read: Vec<_> = read.iter().chain([result]).collect();
        read.sort_unstable();
        read.dedup();
        for value in read.into_iter().filter(|value| last_reader[value.0] == number) {
            free.extend(slots.of[value.0]);
        }
    }
    slots
}

impl Slots {
    /// Puts a value into the smallest free slot that holds it, or into the largest of those that are too small, or into a
    /// new one.
    fn place(&mut self, value: Value, size: usize, free: &mut Vec<usize>) {
        if self.of[value.0].is_some() {
            return;
        }
        let fits = |slot: usize| self.sizes[slot] >= size;
        // Those that fit come first, the smallest before; of the others the largest.
        let order =
            |slot: usize| (!fits(slot), if fits(slot) { self.sizes[slot] } else { usize::MAX - self.sizes[slot] });
        let best = (0..free.len()).min_by_key(|place| order(free[*place]));
        let slot = match best {
            Some(place) => free.swap_remove(place),
            None => {
                self.sizes.push(0);
                self.sizes.len() - 1
            }
        };
        self.sizes[slot] = self.sizes[slot].max(size);
        self.of[value.0] = Some(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(reads: &[usize], result: usize) -> (Vec<Value>, Value) {
        (reads.iter().map(|value| Value(*value)).collect(), Value(result))
    }

    #[test]
    fn a_slot_is_free_behind_the_last_reader_and_not_before() {
        // 0 ─▶ 1 ─▶ 2 ─▶ 3 ─▶ 4, and 4 reads 1 again.
        let launches = [launch(&[0], 1), launch(&[1], 2), launch(&[2, 2], 3), launch(&[3, 1], 4)];
        let slots = assign(&[8, 9, 10, 7, 6], &launches, &[Value(0)], &[Value(4)]);
        let of: Vec<_> = slots.of.iter().map(|slot| slot.unwrap()).collect();
        // What is given stays, and what is read is never where the result goes.
        assert!(of[1..].iter().all(|slot| *slot != of[0]));
        assert!(of[2] != of[1] && of[3] != of[2] && of[3] != of[1] && of[4] != of[3] && of[4] != of[1]);
        // 2 is free when 4 comes.
        assert_eq!((of[4], slots.sizes.len()), (of[2], 4));
        assert_eq!(slots.sizes.iter().sum::<usize>(), 8 + 9 + 10 + 7);
    }

    #[test]
    fn what_is_wanted_is_not_overwritten_and_what_nobody_reads_is_free_at_once() {
        let launches = [launch(&[0], 1), launch(&[0], 2), launch(&[0], 3)];
        let slots = assign(&[1, 4, 4, 4], &launches, &[Value(0)], &[Value(1)]);
        assert!(slots.of[2] != slots.of[1] && slots.of[3] == slots.of[2]);
    }
}
