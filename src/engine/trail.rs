//! The codes that drew a run's steps, so that any step can be its result.

use burn::tensor::Tensor;

/// Codes are kept up to this many numbers; beyond, every second step's are let go.
const KEPT: usize = 16 << 20;

/// Codes by step, on the device that drew with them.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// Of each step that is kept, in their order: the codes of each batch.
    kept: Vec<(u32, Vec<Tensor<2>>)>,
    /// The first step is kept, every 2^`halved`th after it, and the latest.
    halved: u32,
}

impl Trail {
    /// Keeps the codes, `[runs, code]` a batch, that drew a step. Steps come in their order, from 1.
    pub fn keep(&mut self, step: u32, codes: Vec<Tensor<2>>) {
        let stays = |step: u32, halved: u32| (step - 1).is_multiple_of(1 << halved);
        // The one before was the latest.
        self.kept.pop_if(|&mut (before, _)| !stays(before, self.halved));
        let each: usize = codes.iter().map(|codes| codes.shape().num_elements()).sum();
        self.kept.push((step, codes));
        if self.kept.len() * each > KEPT {
            self.halved += 1;
            self.kept.retain(|&(kept, _)| kept == step || stays(kept, self.halved));
        }
    }

    /// The codes that drew a step, or the nearest before it that is kept, and which step that is.
    pub fn at(&self, step: u32) -> Option<(u32, &[Tensor<2>])> {
        let after = self.kept.partition_point(|&(kept, _)| kept <= step);
        let (kept, codes) = self.kept.get(after.checked_sub(1)?)?;
        Some((*kept, codes))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn every_step_is_found_and_of_very_many_every_second_one() {
        let device = Device::flex();
        let mut trail = Trail::default();
        assert!(trail.at(1).is_none());
        for step in 1..=10 {
            trail.keep(step, vec![Tensor::full([1, KEPT / 8], step as f32, &device)]);
        }
        let found = |step| {
            trail.at(step).map(|(kept, codes)| (kept, codes[0].clone().slice([0..1, 0..1]).into_scalar::<f32>()))
        };
        assert_eq!(found(0), None);
        for (step, kept) in [(1, 1), (2, 1), (3, 3), (6, 5), (9, 9), (10, 10), (99, 10)] {
            assert_eq!(found(step), Some((kept, kept as f32)), "step {step}");
        }
    }
}
