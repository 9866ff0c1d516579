//! Each prior on pixels has the property that defines it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use common::{floats, shipped};
use dgn::{
    ascent::{
        Ascent,
        priors::{alpha_norm_gradient, blur, offsets, shift, total_variation_gradient},
    },
    spec::{Catalogue, PixelPrior, Prior, RunSpec, SpecError, Unit},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// An image of `[1, 3, height, width]` from a function of channel, row and column.
fn image([height, width]: [usize; 2], value: impl Fn(usize, usize, usize) -> f32) -> Tensor<4> {
    let mut values = Vec::new();
    for channel in 0..3 {
        for row in 0..height {
            values.extend((0..width).map(|column| value(channel, row, column)));
        }
    }
    Tensor::from_data(TensorData::new(values, [1, 3, height, width]), &Device::flex())
}

fn noise(side: usize, seed: u64) -> Tensor<4> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let values: Vec<f32> = (0..3 * side * side).map(|_| random.random_range(-0.9..0.9)).collect();
    image([side, side], |channel, row, column| values[(channel * side + row) * side + column])
}

/// Compares a gradient with central differences of its penalty, at a few pixels, corners among them.
fn agrees(penalty: impl Fn(&[f32]) -> f64, gradient: &[f32], at: &Tensor<4>) {
    let pixels = floats(at.clone());
    let [_, _, height, width] = at.dims();
    let area = height * width;
    for index in [0, width - 1, area - 1, area + 3, area + 2 * width + 4, 3 * area - 1, 2 * area + width] {
        let moved = |step: f32| {
            let mut pixels = pixels.clone();
            pixels[index] += step;
            penalty(&pixels)
        };
        let difference = (moved(1e-3) - moved(-1e-3)) / 2e-3;
        let found = f64::from(gradient[index]);
        assert!((difference - found).abs() < 1e-3 * (1.0 + found.abs()), "{index}: {found}, differences {difference}");
    }
}

/// Total variation as it is written down, in f64.
fn total_variation(pixels: &[f32], side: usize, beta: f64) -> f64 {
    let at = |channel: usize, row: usize, column: usize| f64::from(pixels[(channel * side + row) * side + column]);
    let mut sum = 0.0;
    for (channel, row, column) in (0..3).flat_map(|c| (0..side).flat_map(move |r| (0..side).map(move |k| (c, r, k)))) {
        let here = at(channel, row, column);
        let across = if column + 1 < side { at(channel, row, column + 1) - here } else { 0.0 };
        let down = if row + 1 < side { at(channel, row + 1, column) - here } else { 0.0 };
        sum += (across * across + down * down).powf(beta / 2.0) / beta;
    }
    sum
}

#[test]
fn the_gradient_of_total_variation_agrees_with_central_differences() {
    let at = noise(7, 0);
    for beta in [2.0, 1.5, 3.0] {
        let gradient = floats(total_variation_gradient(at.clone(), beta));
        agrees(|pixels| total_variation(pixels, 7, f64::from(beta)), &gradient, &at);
    }
}

#[test]
fn the_gradient_of_the_alpha_norm_agrees_with_central_differences() {
    let at = noise(7, 1);
    for alpha in [2.0, 6.0] {
        let gradient = floats(alpha_norm_gradient(at.clone(), alpha));
        let norm = |x: &f32| f64::from(x.abs()).powf(f64::from(alpha)) / f64::from(alpha);
        agrees(|pixels| pixels.iter().map(norm).sum(), &gradient, &at);
    }
    // α = 2 is plain decay.
    assert_eq!(floats(alpha_norm_gradient(at.clone(), 2.0)), floats(at));
}

/// Energy of differences between neighbours against the energy in all.
fn roughness(image: Tensor<4>) -> f64 {
    let side = image.dims()[3];
    let pixels = floats(image);
    total_variation(&pixels, side, 2.0) / pixels.iter().map(|&x| f64::from(x * x)).sum::<f64>()
}

#[test]
fn blur_takes_away_fine_detail_and_leaves_what_is_even() {
    for sigma in [0.28, 1.0, 2.5] {
        let flat = floats(blur(image([8, 11], |channel, _, _| channel as f32 * 0.3 - 0.2), sigma));
        assert!(flat.iter().enumerate().all(|(i, x)| (x - ((i / 88) as f32 * 0.3 - 0.2)).abs() < 1e-6), "{sigma}");
        let rough = noise(16, 2);
        let before = roughness(rough.clone());
        assert!(roughness(blur(rough.clone(), sigma)) < 0.95 * before, "{sigma}");
        // The mean of a pattern that repeats to the edges stays.
        let stripes = blur(image([8, 8], |_, row, _| if row % 2 == 0 { 1.0 } else { -1.0 }), sigma);
        let strongest = floats(stripes).into_iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        assert!(strongest < 1.0, "the finest stripes lose contrast at σ = {sigma}");
    }
    // More blur, less detail; and it is the same along both sides.
    let rough = noise(16, 3);
    assert!(roughness(blur(rough.clone(), 2.0)) < 0.5 * roughness(blur(rough.clone(), 0.5)));
    let turned = floats(blur(rough.clone().swap_dims(2, 3), 1.3).swap_dims(2, 3));
    assert!(floats(blur(rough, 1.3)).iter().zip(turned).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn jitter_is_undone_exactly_and_is_the_same_for_a_seed_and_step() {
    let two = Tensor::cat(vec![noise(9, 4), noise(9, 5)], 0);
    let moved = shift(two.clone(), &[[3, -2], [-8, 9]]);
    assert_ne!(floats(moved.clone()), floats(two.clone()));
    assert_eq!(
        floats(moved.clone().narrow(0, 0, 1).narrow(2, 3, 6).narrow(3, 0, 7)),
        floats(two.clone().narrow(0, 0, 1).narrow(2, 0, 6).narrow(3, 2, 7))
    );
    assert_eq!(floats(shift(moved, &[[-3, 2], [8, -9]])), floats(two));
    let all: Vec<_> = (0..200).map(|step| offsets(7, step, 4)).collect();
    assert_eq!(all, (0..200).map(|step| offsets(7, step, 4)).collect::<Vec<_>>());
    assert!(all.iter().flatten().all(|offset| (-4..=4).contains(offset)));
    for side in [0, 1] {
        assert!((-4..=4).all(|wanted| all.iter().any(|offset| offset[side] == wanted)), "every offset comes up");
    }
    assert_ne!(all, (0..200).map(|step| offsets(8, step, 4)).collect::<Vec<_>>());
}

#[test]
fn each_prior_does_in_a_run_what_it_is_for() {
    let (manifest, model) = shipped();
    let climb = |text: &str| {
        let prior: Prior = text.parse().unwrap();
        let spec = RunSpec { steps: 12, ..RunSpec::with_prior(&manifest, Unit::new("fc", 145), prior) };
        spec.validate(&manifest).unwrap();
        let mut ascent = Ascent::begin(model.clone(), &[spec]).unwrap();
        let mut activations = Vec::new();
        while !ascent.is_done() {
            activations.extend(floats(ascent.step().activations));
        }
        assert!(activations[11] > activations[0] + 3.0, "{text}: {activations:?}");
        (activations[11], ascent.code().reshape([1, 3, 64, 64]))
    };
    let energy = |image: &Tensor<4>| floats(image.clone()).iter().map(|x| f64::from(x * x)).sum::<f64>();
    let (free_activation, free) = climb("none");
    assert!(roughness(climb("tv:2:1").1) < 0.7 * roughness(free.clone()));
    assert!(roughness(climb("blur:0.6:1").1) < 0.7 * roughness(free.clone()));
    assert!(energy(&climb("alpha:2:5").1) < 0.7 * energy(&free));
    // What is strong from one place alone is weaker where every step looks from another.
    assert!(climb("jitter:4").0 < free_activation);
    climb("blur,tv,jitter");
}

#[test]
fn jittered_runs_in_a_batch_climb_as_they_do_alone() {
    let (manifest, model) = shipped();
    let run = |seed| {
        let prior = Prior::Pixels(vec![PixelPrior::JITTER, PixelPrior::TOTAL_VARIATION]);
        RunSpec { seed, steps: 3, ..RunSpec::with_prior(&manifest, manifest.defaults().unit.clone(), prior) }
    };
    let climb = |specs: &[RunSpec]| {
        let mut ascent = Ascent::begin(model.clone(), specs).unwrap();
        (0..3).map(|_| floats(ascent.step().activations)).collect::<Vec<_>>()
    };
    let together = climb(&[run(0), run(9)]);
    for (place, seed) in [0, 9].into_iter().enumerate() {
        let alone = climb(&[run(seed)]).concat();
        let batched: Vec<f32> = together.iter().map(|step| step[place]).collect();
        assert!(common::relative_error(&batched, &alone) < 1e-2, "{alone:?} alone, {batched:?} in a batch");
    }
}

#[test]
fn no_kind_of_prior_is_given_twice() {
    let (manifest, _) = shipped();
    let prior = Prior::Pixels(vec![PixelPrior::JITTER, PixelPrior::Jitter { pixels: 2 }]);
    let spec = RunSpec::with_prior(&manifest, Unit::new("fc", 0), prior);
    assert_eq!(spec.validate(&manifest), Err(SpecError::Repeated { name: "jitter".into() }));
}
