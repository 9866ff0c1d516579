//! Each prior on pixels has the property that defines it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use common::{floats, shipped};
use dgn::{
    ascent::{
        Ascent, Dictionary, MeanImages, Natural,
        priors::{Canvas, alpha_norm_gradient, blur, centre_only, offsets, shift, total_variation_gradient},
    },
    spec::{Catalogue, PixelPrior, Prior, RunSpec, SpecError, Start, Unit},
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

/// Shapes of `count` made-up patches: zero mean in each channel, length 1.
fn shapes(count: usize, side: usize) -> Vec<Vec<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let shape = |_| {
        let mut values: Vec<f32> = (0..3 * side * side).map(|_| random.random_range(-1.0..1.0)).collect();
        for channel in values.chunks_mut(side * side) {
            let mean = channel.iter().sum::<f32>() / (side * side) as f32;
            channel.iter_mut().for_each(|x| *x -= mean);
        }
        let length = values.iter().map(|x| x * x).sum::<f32>().sqrt();
        values.into_iter().map(|x| x / length).collect()
    };
    (0..count).map(shape).collect()
}

/// The patches of an image on the grid that begins at an offset.
fn patches(image: &Tensor<4>, side: usize, [down, across]: [usize; 2]) -> Vec<Vec<f32>> {
    let [_, _, height, width] = image.dims();
    let places =
        (down..=height - side).step_by(side).flat_map(|r| (across..=width - side).step_by(side).map(move |c| (r, c)));
    places.map(|(row, column)| floats(image.clone().narrow(2, row, side).narrow(3, column, side))).collect()
}

#[test]
fn a_patch_that_no_shape_is_like_loses_its_contrast() {
    let shape = shapes(1, 4).concat();
    let dictionary = Dictionary::new(shape.clone(), 1, 4, &Device::flex());
    let patch = |sign: f32| {
        let values: Vec<f32> = shape.iter().map(|value| sign * value).collect();
        Tensor::<4>::from_data(TensorData::new(values, [1, 3, 4, 4]), &Device::flex())
    };
    let nearest = |sign| floats(dictionary.nearest(patch(sign), [0, 0]));
    assert!(common::relative_error(&nearest(0.5), &floats(patch(0.5))) < 1e-5);
    assert!(nearest(-0.5).iter().all(|value| value.abs() < 1e-5), "it is not turned over");
}

#[test]
fn the_grid_of_patches_moves_from_step_to_step_and_differs_from_run_to_run() {
    let dictionary = Dictionary::new(shapes(9, 4).concat(), 9, 4, &Device::flex());
    let image = noise(15, 7);
    let both = Tensor::cat(vec![image.clone(), image], 0);
    let gradients: Vec<Vec<f32>> =
        (0..6).map(|step| floats(dictionary.gradient(both.clone(), &[3, 4], step))).collect();
    let count = gradients[0].len() / 2;
    assert!(gradients.iter().any(|gradient| gradient[..count] != gradients[0][..count]), "one grid for all steps");
    assert!(gradients.iter().any(|gradient| gradient[..count] != gradient[count..]), "one grid for all runs");
}

#[test]
fn patches_come_from_the_dictionary_and_are_the_nearest() {
    let shapes = shapes(9, 4);
    let dictionary = Dictionary::new(shapes.concat(), 9, 4, &Device::flex());
    let (image, offset) = (noise(15, 7), [2, 3]);
    let nearest = dictionary.nearest(image.clone(), offset);
    let (before, after) = (patches(&image, 4, offset), patches(&nearest, 4, offset));
    assert_eq!(after.len(), 9);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    for (before, after) in before.iter().zip(&after) {
        let mut likeness = Vec::new();
        for channel in 0..3 {
            let mean = |patch: &[f32]| patch[16 * channel..16 * (channel + 1)].iter().sum::<f32>() / 16.0;
            assert!((mean(before) - mean(after)).abs() < 1e-5, "the mean stays");
        }
        let shape: Vec<f32> =
            (0..48).map(|i| after[i] - after[i / 16 * 16..(i / 16 + 1) * 16].iter().sum::<f32>() / 16.0).collect();
        for candidate in &shapes {
            likeness.push(dot(candidate, &shape));
        }
        let best = (0..9).max_by(|&a, &b| likeness[a].total_cmp(&likeness[b])).unwrap();
        let contrast = likeness[best];
        assert!(contrast > 0.0);
        assert!(
            shapes[best].iter().zip(&shape).all(|(d, x)| (d * contrast - x).abs() < 1e-4),
            "it is in the dictionary"
        );
        // No other entry comes nearer at any contrast.
        let distance = |patch: &[f32]| before.iter().zip(patch).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        for candidate in &shapes {
            let contrast = dot(candidate, before).max(0.0);
            let other: Vec<f32> = (0..48).map(|i| after[i] - shape[i] + contrast * candidate[i]).collect();
            assert!(distance(after) <= distance(&other) + 1e-4);
        }
    }
    // What is made of the dictionary stays, and so does what no patch covers.
    assert!(
        common::relative_error(&floats(dictionary.nearest(nearest.clone(), offset)), &floats(nearest.clone())) < 1e-5
    );
    assert_eq!(floats(nearest.clone().narrow(2, 0, 2)), floats(image.clone().narrow(2, 0, 2)));
    assert_eq!(floats(nearest.narrow(3, 0, 3)), floats(image.clone().narrow(3, 0, 3)));
    // A step against the gradient of 1 arrives.
    let gradient = dictionary.gradient(image.clone(), &[5], 0);
    let there = image.clone() - gradient;
    let distance =
        |image: &Tensor<4>| floats(dictionary.gradient(image.clone(), &[5], 0)).iter().map(|x| x * x).sum::<f32>();
    assert!(distance(&there) < 1e-6 * distance(&image));
    // An image that is smaller than a patch is left alone.
    assert_eq!(floats(dictionary.nearest(noise(3, 8), [0, 0])), floats(noise(3, 8)));
}

#[test]
fn the_bias_to_the_centre_leaves_the_border_alone_at_its_time_and_grows_the_image_about_the_middle() {
    let gradient = noise(16, 9);
    for (step, alone) in [(0, false), (300, false), (495, true), (515, true), (525, false)] {
        let within = centre_only(gradient.clone(), 3, step, 530);
        let border = |image: &Tensor<4>| {
            let image = image.clone();
            [image.clone().narrow(2, 0, 3), image.clone().narrow(2, 13, 3)].map(floats).concat()
        };
        assert_eq!(border(&within).iter().all(|&x| x == 0.0), alone, "{step}");
        assert_eq!(floats(within.clone().narrow(3, 0, 3)).iter().all(|&x| x == 0.0), alone, "{step}");
        let centre = |image: &Tensor<4>| floats(image.clone().narrow(2, 3, 10).narrow(3, 3, 10));
        assert_eq!(centre(&within), centre(&gradient), "{step}");
    }
    // Something is left of an image that is all margin.
    assert!(floats(centre_only(gradient.clone(), 64, 500, 530)).iter().any(|&x| x != 0.0));

    // A picture that is even over a long way looks the same wherever it is cut; its size follows the octaves.
    let ramp = image([16, 16], |_, row, _| (row as f32 - 7.5) / 20.0);
    let mut canvas = Canvas::new(ramp.clone(), 1.5, 53);
    let (mut crops, mut sizes) = (ramp, Vec::new());
    for step in 0..53 {
        crops = canvas.turn(crops, &[4], step);
        assert_eq!(crops.dims(), [1, 3, 16, 16]);
        sizes.push(canvas.size()[0]);
    }
    assert_eq!([sizes[17], sizes[18], sizes[32], sizes[33], sizes[52]], [16, 24, 24, 36, 36]);
    // The last crop is the middle, where a ramp of 1/20 a pixel has grown to 16/36 of that.
    let middle = floats(crops.narrow(1, 0, 1).narrow(3, 8, 1));
    let slope = (middle[15] - middle[0]) / 15.0;
    assert!((slope - 16.0 / 36.0 / 20.0).abs() < 1e-3 && (middle[7] + middle[8]).abs() < 0.02, "{middle:?}");
}

#[test]
fn a_run_starts_from_the_mean_image_of_its_class_and_the_seed_chooses_the_cluster() {
    let (manifest, model) = shipped();
    // Two clusters of each class, of images of 2×2 that tell which they are.
    let values = (0..200 * 2).flat_map(|i| vec![i as f32 / 400.0; 12]).collect();
    let means = MeanImages::new(values, 2, 2, &Device::flex());
    let dictionary = Dictionary::new(shapes(3, 4).concat(), 3, 4, &Device::flex());
    model.natural.set(Natural { dictionary, means }).unwrap();
    let run = |unit, seed| RunSpec {
        start: Start::MeanImage,
        seed,
        ..RunSpec::with_prior(&manifest, Unit::new("fc", unit), Prior::NONE)
    };
    for (unit, seed, wanted) in [(0, 0, 0.0), (7, 0, 14.0), (7, 1, 15.0), (7, 2, 14.0), (199, 3, 399.0)] {
        let ascent = Ascent::begin(model.clone(), &[run(unit, seed)]).unwrap();
        assert!(floats(ascent.code()).iter().all(|x| (x - wanted / 400.0).abs() < 1e-6), "{unit} {seed}");
    }
    assert!(matches!(run(0, 0).validate(&manifest), Err(SpecError::NoNatural { .. })));
}

#[test]
fn each_prior_does_in_a_run_what_it_is_for() {
    let (mut manifest, model) = shipped();
    // The pack has no natural patches; they are made up below.
    manifest.natural = Some(manifest.generator.weights.clone());
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
    climb("centre,tv");
    let dictionary = Dictionary::new(shapes(40, 8).concat(), 40, 8, &Device::flex());
    let means = MeanImages::new(Vec::new(), 1, 1, &Device::flex());
    model.natural.set(Natural { dictionary, means }).unwrap();
    let (free, held) = (free, climb("patches:5").1);
    let dictionary = &model.natural.get().unwrap().dictionary;
    let distance = |image: &Tensor<4>| energy(&dictionary.gradient(image.clone(), &[3], 0)) / energy(image);
    assert!(distance(&held) < 0.9 * distance(&free), "{} of {}", distance(&held), distance(&free));
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
