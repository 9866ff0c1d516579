//! What is kept of each step of a run, so that any step can be its result: of a long run every second step's is let go, and
//! every second of those, as often as it takes.
//!
//! The engine keeps codes, the page keeps pictures. Not every step has a picture, but the page keeps none of a step whose code the
//! engine has let go: so the step that a person sees is a step whose code there is.

/// What is kept of a run takes at most so many bytes in the engine, and as many in the page.
const MOST_BYTES: usize = 64 << 20;

/// More is never needed, and no shift.
const MOST_HALVED: u32 = 31;

/// Whether a step is kept where every second was let go so often.
fn stays(step: u32, halved: u32) -> bool {
    step.saturating_sub(1).is_multiple_of(1 << halved)
}

/// How many steps are kept of a run each of whose steps takes so many bytes, at least 2.
pub fn most(bytes: usize) -> u32 {
    u32::try_from(MOST_BYTES / bytes.max(1)).unwrap_or(u32::MAX).max(2)
}

/// Something of each step that is kept.
#[derive(Debug, Clone)]
pub struct Trail<T> {
    /// In the order of the steps.
    kept: Vec<(u32, T)>,
    /// The first step is kept, every 2^`halved`th after it, and the latest.
    halved: u32,
}

impl<T> Default for Trail<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), halved: 0 }
    }
}

impl<T> Trail<T> {
    /// Keeps what belongs to a step, of at most so many steps in all. Steps come in their order, the first is 1.
    pub fn keep(&mut self, step: u32, most: u32, what: T) {
        // The one before was the latest.
        self.kept.pop_if(|&mut (before, _)| !stays(before, self.halved));
        self.kept.push((step, what));
        while self.kept.len() > most.max(2) as usize && self.halved < MOST_HALVED {
            self.halve(self.halved + 1);
        }
    }

    /// Halves it as often as another trail of the same run, whose steps it keeps no others than then.
    pub fn follow(&mut self, halved: u32) {
        if halved > self.halved {
            self.halve(halved.min(MOST_HALVED));
        }
    }

    /// How often every second step was let go.
    pub fn halved(&self) -> u32 {
        self.halved
    }

    fn halve(&mut self, halved: u32) {
        self.halved = halved;
        let latest = self.kept.last().map(|(step, _)| *step);
        self.kept.retain(|&(kept, _)| Some(kept) == latest || stays(kept, halved));
    }

    /// What is kept of a step, or of the nearest before it, and which step that is.
    pub fn at(&self, step: u32) -> Option<(u32, &T)> {
        let after = self.kept.partition_point(|&(kept, _)| kept <= step);
        let (kept, what) = self.kept.get(after.checked_sub(1)?)?;
        Some((*kept, what))
    }

    /// What is kept of the first step behind one, and which step that is.
    pub fn behind(&self, step: u32) -> Option<(u32, &T)> {
        let (kept, what) = self.kept.get(self.kept.partition_point(|&(kept, _)| kept <= step))?;
        Some((*kept, what))
    }

    /// All that is kept, in the order of the steps.
    pub fn kept(&self) -> impl ExactSizeIterator<Item = &T> {
        self.kept.iter().map(|(_, what)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(trail: &Trail<u32>) -> Vec<u32> {
        trail.kept().copied().collect()
    }

    #[test]
    fn every_step_is_found_and_of_very_many_every_second_one() {
        let mut trail = Trail::default();
        assert_eq!(trail.at(1), None);
        for step in 1..=10 {
            trail.keep(step, 8, step);
        }
        assert_eq!(trail.at(0), None);
        for (step, kept) in [(1, 1), (2, 1), (3, 3), (6, 5), (9, 9), (10, 10), (99, 10)] {
            assert_eq!(trail.at(step), Some((kept, &kept)), "step {step}");
        }
        for (step, behind) in [(0, Some(1)), (1, Some(3)), (2, Some(3)), (9, Some(10)), (10, None)] {
            assert_eq!(trail.behind(step).map(|(kept, _)| kept), behind, "step {step}");
        }
    }

    /// Nine pictures of 128 × 128 in the longest run: more than 64 MB.
    #[test]
    fn the_longest_run_of_most_pictures_keeps_its_first_step_its_last_and_no_more_than_may_be() {
        let most = most(9 * 128 * 128 * 4);
        assert_eq!(most, 113);
        let mut trail = Trail::default();
        for step in 1..=1000 {
            trail.keep(step, most, step);
            let kept = steps(&trail);
            assert!(
                kept.len() <= most as usize && kept[0] == 1 && kept[kept.len() - 1] == step,
                "step {step}: {kept:?}"
            );
        }
        let kept = steps(&trail);
        assert!(kept.len() > most as usize / 2, "{kept:?}");
        // Evenly, but for the last.
        assert!(kept[..kept.len() - 1].windows(2).all(|pair| pair[1] - pair[0] == kept[1] - kept[0]), "{kept:?}");
    }

    #[test]
    fn a_trail_follows_one_that_keeps_less() {
        let mut trail = Trail::default();
        for step in 1..=10 {
            trail.keep(step, 100, step);
        }
        trail.follow(2);
        assert_eq!((steps(&trail), trail.halved()), (vec![1, 5, 9, 10], 2));
        trail.follow(1);
        trail.keep(11, 100, 11);
        assert_eq!((steps(&trail), trail.halved()), (vec![1, 5, 9, 11], 2));
        trail.follow(u32::MAX);
        assert_eq!(steps(&trail), [1, 11]);
    }

    #[test]
    fn even_what_is_too_large_leaves_two_steps() {
        let (mut trail, most) = (Trail::default(), most(usize::MAX));
        for step in 1..=1000 {
            trail.keep(step, most, step);
        }
        assert_eq!(steps(&trail), [1, 1000]);
    }
}
