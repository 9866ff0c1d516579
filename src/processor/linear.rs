//! Fully connected layers, with one matrix for both directions.

use pulp::{Arch, Simd, WithSimd};

use crate::{
    Epilogue,
    share::{parts, share},
};

/// Rows of the matrix that are read side by side.
const ROWS: usize = 4;

/// A fully connected layer.
#[derive(Debug, Clone)]
pub struct Linear {
    /// `[units, inputs]`.
    weight: Vec<f32>,
    inputs: usize,
    units: usize,
}

impl Linear {
    /// With the weight of each unit and input.
    pub fn new(units: usize, inputs: usize, weight: &dyn Fn(usize, usize) -> f32) -> Self {
        let weight = (0..units * inputs).map(|place| weight(place / inputs, place % inputs)).collect();
        Self { weight, inputs, units }
    }

    /// How many numbers of memory a batch of so many images needs.
    pub fn scratch(&self, images: usize) -> usize {
        images * self.units.max(self.inputs)
    }

    /// y\[u\] = Σ w\[u, i\] · x\[i\] for all images of a batch.
    pub fn forward(&self, source: &[f32], epilogue: Epilogue, result: &mut [f32], scratch: &mut [f32]) {
        let images = result.len() / self.units;
        let each = self.units.div_ceil(parts()).next_multiple_of(ROWS);
        // Unit by unit, all images of each: so that the matrix is read once.
        let sums = &mut scratch[..images * self.units];
        share(sums, each * images, (&mut [], 0), self.is_small(), |number, sums, _| {
            Arch::new().dispatch(Units { of: self, source, sums, images, first: number * each });
        });
        for (image, result) in result.chunks_exact_mut(self.units).enumerate() {
            for (result, sums) in result.iter_mut().zip(sums.chunks_exact(images)) {
                *result = sums[image];
            }
            epilogue.settle(result, 0, image * self.units);
        }
    }

    /// dx\[i\] = Σ w\[u, i\] · dy\[u\] for all images of a batch.
    pub fn gradient(&self, source: &[f32], epilogue: Epilogue, result: &mut [f32], scratch: &mut [f32]) {
        let images = result.len() / self.inputs;
        let each = self.inputs.div_ceil(parts());
        // Some inputs of all images behind each other.
        let sums = &mut scratch[..images * self.inputs];
        share(sums, each * images, (&mut [], 0), self.is_small(), |number, sums, _| {
            Arch::new().dispatch(Inputs { of: self, source, sums, images, first: number * each });
        });
        for (number, sums) in sums.chunks(each * images).enumerate() {
            for (image, sums) in sums.chunks_exact(sums.len() / images).enumerate() {
                result[image * self.inputs + number * each..][..sums.len()].copy_from_slice(sums);
            }
        }
        for (image, result) in result.chunks_exact_mut(self.inputs).enumerate() {
            epilogue.settle(result, 0, image * self.inputs);
        }
    }

    fn is_small(&self) -> bool {
        self.weight.len() < 100_000
    }
}

/// Some units of all images.
struct Units<'a> {
    of: &'a Linear,
    source: &'a [f32],
    sums: &'a mut [f32],
    images: usize,
    first: usize,
}

impl WithSimd for Units<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { of, source, sums, images, first } = self;
        let inputs = of.inputs;
        for (number, results) in sums.chunks_mut(ROWS * images).enumerate() {
            let (unit, count) = (first + number * ROWS, results.len() / images);
            let row = |row: usize| &of.weight[(unit + row.min(count - 1)) * inputs..][..inputs];
            let rows: [(&[S::f32s], &[f32]); ROWS] = std::array::from_fn(|number| S::as_simd_f32s(row(number)));
            for (image, source) in source.chunks_exact(inputs).enumerate() {
                let (vectors, rest) = S::as_simd_f32s(source);
                let rows = rows.map(|(row, rest)| (&row[..vectors.len()], rest));
                let mut sums = [simd.splat_f32s(0.0); ROWS];
                for (place, value) in vectors.iter().enumerate() {
                    for (sum, (row, _)) in sums.iter_mut().zip(&rows) {
                        *sum = simd.mul_add_e_f32s(row[place], *value, *sum);
                    }
                }
                for (number, (sum, (_, row))) in sums.iter().zip(&rows).take(count).enumerate() {
                    let rest: f32 = row.iter().zip(rest).map(|(weight, value)| weight * value).sum();
                    results[number * images + image] = simd.reduce_sum_f32s(*sum) + rest;
                }
            }
        }
    }
}

/// Some inputs of all images.
struct Inputs<'a> {
    of: &'a Linear,
    source: &'a [f32],
    sums: &'a mut [f32],
    images: usize,
    first: usize,
}

impl WithSimd for Inputs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { of, source, sums, images, first } = self;
        sums.fill(0.0);
        let count = sums.len() / images;
        let row = |unit: usize| &of.weight[unit * of.inputs + first..][..count];
        for unit in (0..of.units).step_by(ROWS) {
            for (image, sums) in sums.chunks_exact_mut(count).enumerate() {
                let source = &source[image * of.units + unit..][..ROWS.min(of.units - unit)];
                if let [a, b, c, d] = *source {
                    let rows = row(unit).iter().zip(row(unit + 1)).zip(row(unit + 2)).zip(row(unit + 3));
                    for (sum, (((e, f), g), h)) in sums.iter_mut().zip(rows) {
                        *sum += (a * e + b * f) + (c * g + d * h);
                    }
                } else {
                    for (number, value) in source.iter().enumerate() {
                        sums.iter_mut().zip(row(unit + number)).for_each(|(sum, weight)| *sum += value * weight);
                    }
                }
            }
        }
    }
}
