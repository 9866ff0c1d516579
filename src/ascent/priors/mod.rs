//! Priors on pixels: what stands in for a generator where the image itself is climbed.
//!
//! A step has some places where a prior can act, and [`PixelPriors`] calls them in turn: how the image is looked at
//! ([`look`](PixelPriors::look): jitter), where and how far it may change ([`within`](PixelPriors::within) and
//! [`rate`](PixelPriors::rate): the bias to the centre), what pulls it beside the activation
//! ([`pull`](PixelPriors::pull): α-norm, total variation, patches), and what becomes of it afterwards
//! ([`settle`](PixelPriors::settle): blur, the bias to the centre).

mod alpha_norm;
mod blur;
mod centre_bias;
mod jitter;
mod patches;
mod total_variation;

use std::{cell::OnceCell, rc::Rc};

use burn::tensor::Tensor;

pub use alpha_norm::alpha_norm_gradient;
pub use blur::blur;
pub use centre_bias::{Canvas, centre_only, octave_rate};
pub use jitter::{offsets, shift};
pub use total_variation::total_variation_gradient;

use super::Natural;
use crate::spec::PixelPrior;

/// The priors of a batch of runs on images `[batch, 3, height, width]` in -1..=1.
#[derive(Debug, Clone)]
pub struct PixelPriors {
    priors: Vec<PixelPrior>,
    /// Of each run.
    seeds: Vec<u32>,
    /// Steps of the runs.
    steps: u32,
    /// Has the dictionary of patches, once it is loaded.
    natural: Rc<OnceCell<Natural>>,
    /// What the images are crops of, where they are.
    canvas: Option<Canvas>,
}

impl PixelPriors {
    /// The priors of runs with these seeds and so many steps, which begin at these images. [`PixelPrior::Patches`] need
    /// what is known of natural images; without it they do nothing.
    pub fn new(
        priors: Vec<PixelPrior>,
        seeds: Vec<u32>,
        steps: u32,
        natural: Rc<OnceCell<Natural>>,
        images: &Tensor<4>,
    ) -> Self {
        let canvas = priors.iter().find_map(|prior| match *prior {
            PixelPrior::CentreBias { scale, .. } => Some(Canvas::new(images.clone(), scale, steps)),
            _ => None,
        });
        Self { priors, seeds, steps, natural, canvas }
    }

    /// Factor on the step size at a step, counted from 0.
    pub fn rate(&self, step: u32) -> f32 {
        if self.canvas.is_some() { octave_rate(step, self.steps) } else { 1.0 }
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

    /// The activation's gradient, where a step may change the images.
    pub fn within(&self, gradient: Tensor<4>, step: u32) -> Tensor<4> {
        self.priors.iter().fold(gradient, |gradient, prior| match *prior {
            PixelPrior::CentreBias { margin, .. } => centre_only(gradient, margin, step, self.steps),
            _ => gradient,
        })
    }

    /// The sum of the penalties' gradients at a step, times their weights; `None` where there is no penalty.
    pub fn pull(&self, images: &Tensor<4>, step: u32) -> Option<Tensor<4>> {
        let pulls = self.priors.iter().filter_map(|prior| match *prior {
            PixelPrior::AlphaNorm { alpha, weight } => Some(alpha_norm_gradient(images.clone(), alpha) * weight),
            PixelPrior::TotalVariation { beta, weight } => {
                Some(total_variation_gradient(images.clone(), beta) * weight)
            }
            PixelPrior::Patches { weight } => {
                let dictionary = &self.natural.get()?.dictionary;
                Some(dictionary.gradient(images.clone(), &self.seeds, step) * weight)
            }
            PixelPrior::Blur { .. } | PixelPrior::Jitter { .. } | PixelPrior::CentreBias { .. } => None,
        });
        let pull = pulls.reduce(|a, b| a + b)?;
        Some(self.within(pull, step))
    }

    /// The images after a step, counted from 0, as the next step finds them.
    pub fn settle(&mut self, images: Tensor<4>, step: u32) -> Tensor<4> {
        let settled = self.priors.iter().fold(images, |images, prior| match *prior {
            PixelPrior::Blur { sigma, every } if (step + 1).is_multiple_of(every) => blur(images, sigma),
            _ => images,
        });
        match &mut self.canvas {
            Some(canvas) => canvas.turn(settled, &self.seeds, step),
            None => settled,
        }
    }
}
