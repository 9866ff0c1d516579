//! Priors on pixels: what stands in for a generator where the image itself is climbed.
//!
//! A step has three places where a prior can act, and [`PixelPriors`] calls them in turn: how the image is looked at
//! ([`look`](PixelPriors::look): jitter), what pulls it beside the activation ([`pull`](PixelPriors::pull): α-norm, total variation),
//! and what becomes of it afterwards ([`settle`](PixelPriors::settle): blur).

mod alpha_norm;
mod blur;
mod jitter;
mod total_variation;

use burn::tensor::Tensor;

pub use alpha_norm::alpha_norm_gradient;
pub use blur::blur;
pub use jitter::{offsets, shift};
pub use total_variation::total_variation_gradient;

use crate::spec::PixelPrior;

/// The priors of a batch of runs on images `[batch, 3, height, width]` in -1..=1.
#[derive(Debug, Clone)]
pub struct PixelPriors {
    priors: Vec<PixelPrior>,
    /// Of each run.
    seeds: Vec<u32>,
}

impl PixelPriors {
    /// The priors of runs with these seeds.
    pub fn new(priors: Vec<PixelPrior>, seeds: Vec<u32>) -> Self {
        Self { priors, seeds }
    }

    /// The images as the classifier sees them at a step, counted from 0. Gradients find their way back by themselves.
    pub fn look(&self, images: Tensor<4>, step: u32) -> Tensor<4> {
        self.priors.iter().fold(images, |images, prior| match *prior {
            PixelPrior::Jitter { pixels } => {
                let offsets: Vec<_> = self.seeds.iter().map(|&seed| offsets(seed, step, pixels)).collect();
                shift(images, &offsets)
            }
            _ => images,
        })
    }

    /// The sum of the penalties' gradients, times their weights; `None` where there is no penalty.
    pub fn pull(&self, images: &Tensor<4>) -> Option<Tensor<4>> {
        let pulls = self.priors.iter().filter_map(|prior| match *prior {
            PixelPrior::AlphaNorm { alpha, weight } => Some(alpha_norm_gradient(images.clone(), alpha) * weight),
            PixelPrior::TotalVariation { beta, weight } => {
                Some(total_variation_gradient(images.clone(), beta) * weight)
            }
            PixelPrior::Blur { .. } | PixelPrior::Jitter { .. } => None,
        });
        pulls.reduce(|a, b| a + b)
    }

    /// The images after a step, counted from 0.
    pub fn settle(&self, images: Tensor<4>, step: u32) -> Tensor<4> {
        self.priors.iter().fold(images, |images, prior| match *prior {
            PixelPrior::Blur { sigma, every } if (step + 1).is_multiple_of(every) => blur(images, sigma),
            _ => images,
        })
    }
}
