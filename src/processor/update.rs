//! What a step ends with: sums over all numbers of an image, and the update of its code.

use crate::Epilogue;

/// Each channel times its factor, where there are any, and what an epilogue does.
pub fn channels(channels: usize, factors: Option<&[f32]>, source: &[f32], epilogue: Epilogue, result: &mut [f32]) {
    // Where factors are of all numbers of an image and not of channels only, these are one place.
    let channels = factors.or(epilogue.bias).map_or(channels, <[f32]>::len);
    let places = result.chunks_exact_mut(channels).zip(source.chunks_exact(channels));
    for (number, (result, source)) in places.enumerate() {
        result.copy_from_slice(source);
        if let Some(factors) = factors {
            result.iter_mut().zip(factors).for_each(|(result, factor)| *result *= factor);
        }
        epilogue.settle(result, 0, number * channels);
    }
}

/// Does what an epilogue does to places of so many channels.
pub fn settle(channels: usize, epilogue: Epilogue, values: &mut [f32]) {
    epilogue.settle_places(values, channels, 0);
}

/// Σ a·b of each image, added to what is there.
pub fn product(numbers: usize, a: &[f32], b: &[f32], summand: Option<&[f32]>, result: &mut [f32]) {
    let images = a.chunks_exact(numbers).zip(b.chunks_exact(numbers));
    for (image, (result, (a, b))) in result.iter_mut().zip(images).enumerate() {
        let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum();
        *result = sum as f32 + summand.map_or(0.0, |summand| summand[image]);
    }
}

/// The mean of |g| of each image.
pub fn mean_magnitude(numbers: usize, gradient: &[f32], result: &mut [f32]) {
    for (result, gradient) in result.iter_mut().zip(gradient.chunks_exact(numbers)) {
        let sum: f64 = gradient.iter().map(|value| f64::from(value.abs())).sum();
        *result = (sum / numbers as f64) as f32;
    }
}

/// What one step does with an image and its code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// By how many pixels the picture is moved, down and to the right.
    pub offset: [i64; 2],
    /// What it is rescaled by the inverse of.
    pub inverse: f32,
    /// Step size.
    pub rate: f32,
    /// Factor on the code after the step.
    pub decay: f32,
    /// Weight of the pull to the code of what was drawn.
    pub epsilon1: f32,
    /// Standard deviation of the noise.
    pub epsilon3: f32,
}

impl Step {
    /// How many numbers it takes.
    pub const NUMBERS: usize = 8;

    /// As numbers: fields in their order, and a 0.
    pub fn of([down, across, inverse, rate, decay, epsilon1, epsilon3, _]: [f32; Self::NUMBERS]) -> Self {
        Self { offset: [down as i64, across as i64], inverse, rate, decay, epsilon1, epsilon3 }
    }
}

/// What the update of codes reads, of all images.
#[derive(Debug, Clone, Copy)]
pub struct Codes<'a> {
    /// How many numbers a code has.
    pub units: usize,
    /// The codes.
    pub code: &'a [f32],
    /// The gradients.
    pub gradient: &'a [f32],
    /// Their mean magnitudes.
    pub magnitudes: &'a [f32],
    /// Codes of what was drawn, before their rectification.
    pub drawn: Option<&'a [f32]>,
    /// Standard normal noise.
    pub noise: Option<&'a [f32]>,
    /// The largest value of each number, whose smallest is 0 then.
    pub upper: Option<&'a [f32]>,
}

/// `decay · clip(y + rate · (g / mean|g| + ε1·(E(x) - y) + ε3·noise))` of each image's code `y`. One whose gradient has no magnitude
/// that can be divided by stays as it is.
pub fn update(codes: Codes, steps: impl Iterator<Item = Step>, result: &mut [f32]) {
    let units = codes.units;
    for (image, (result, step)) in result.chunks_exact_mut(units).zip(steps).enumerate() {
        let of = |values: &'_ [f32], unit: usize| values[image * units + unit];
        let magnitude = codes.magnitudes[image];
        let Step { rate, decay, epsilon1, epsilon3, .. } = step;
        for (unit, result) in result.iter_mut().enumerate() {
            let code = of(codes.code, unit);
            *result = code;
            if magnitude.is_normal() {
                let drawn = codes.drawn.map_or(0.0, |drawn| epsilon1 * (of(drawn, unit).max(0.0) - code));
                let noise = codes.noise.map_or(0.0, |noise| epsilon3 * of(noise, unit));
                let moved = code + rate * (of(codes.gradient, unit) / magnitude + drawn + noise);
                let clipped = codes.upper.map_or(moved, |upper| moved.max(0.0).min(upper[unit]));
                *result = clipped * decay;
            }
        }
    }
}
