//! Fully connected layers, with one matrix for both directions.

use std::array::from_fn;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::{
    Epilogue,
    arithmetic::{Sums, dispatch, multiply_add, sums_across},
    share::{parts, share},
};

/// Rows of the matrix that are read side by side.
const ROWS: usize = 4;
/// Columns of them.
const COLUMNS: usize = 512;

/// A fully connected layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Linear {
    /// `[units, inputs]`.
    weight: Matrix,
    inputs: usize,
    units: usize,
}

/// A matrix, row by row.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Matrix {
    Floats(#[serde(with = "crate::numbers")] Vec<f32>),
    /// Integers, and what those of each row are multiplied by. They are a quarter of the bytes to read.
    Integers(#[serde(with = "crate::numbers")] Vec<i8>, Vec<f32>),
}

/// Some columns of some rows.
type Tile = [[f32; COLUMNS]; ROWS];

impl Matrix {
    /// So many columns from `start` on of the rows from `first` on, the last of `count` again where there are fewer; a tile is
    /// room for them.
    #[inline(always)]
    fn rows<'a>(&'a self, tile: &'a mut Tile, first: usize, count: usize, place: Part) -> [&'a [f32]; ROWS] {
        let at = |row: usize| (first + row.min(count - 1)) * place.of + place.start;
        match self {
            Self::Floats(values) => from_fn(|row| &values[at(row)..][..place.columns]),
            Self::Integers(values, _) => {
                for (row, room) in tile.iter_mut().enumerate() {
                    let integers = &values[at(row)..][..place.columns];
                    room.iter_mut().zip(integers).for_each(|(value, integer)| *value = f32::from(*integer));
                }
                let tile = &*tile;
                from_fn(|row| &tile[row][..place.columns])
            }
        }
    }

    /// What the numbers of a row are multiplied by.
    #[inline(always)]
    fn factor(&self, row: usize) -> f32 {
        match self {
            Self::Floats(_) => 1.0,
            Self::Integers(_, factors) => factors[row],
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values, _) => values.len(),
        }
    }
}

/// Some columns of all rows.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: usize,
    columns: usize,
    /// How many columns there are.
    of: usize,
}

impl Part {
    /// Those from `first` on, a tile's columns at a time.
    #[inline(always)]
    fn all(first: usize, count: usize, of: usize) -> impl Iterator<Item = Self> {
        let part = move |start: usize| Self { start: first + start, columns: COLUMNS.min(count - start), of };
        (0..count).step_by(COLUMNS).map(part)
    }
}

impl Linear {
    /// With the weight of each unit and input.
    pub fn new(units: usize, inputs: usize, weight: &dyn Fn(usize, usize) -> f32) -> Self {
        let weight = (0..units * inputs).map(|place| weight(place / inputs, place % inputs)).collect();
        Self { weight: Matrix::Floats(weight), inputs, units }
    }

    /// With an integer for each unit and input, and what those of each unit are multiplied by.
    pub fn of_integers(inputs: usize, integer: &dyn Fn(usize, usize) -> i8, factors: Vec<f32>) -> Self {
        let units = factors.len();
        let integers = (0..units * inputs).map(|place| integer(place / inputs, place % inputs)).collect();
        Self { weight: Matrix::Integers(integers, factors), inputs, units }
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
            sums_across(Units { of: self, source, sums, images, first: number * each });
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
            dispatch(Inputs { of: self, source, sums, images, first: number * each });
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

impl Sums for Units<'_> {
    #[inline(always)]
    fn sums<S: Simd, const FUSED: bool>(self, simd: S) {
        let Self { of, source, sums, images, first } = self;
        let mut tile = [[0.0; COLUMNS]; ROWS];
        sums.fill(0.0);
        for (number, results) in sums.chunks_mut(ROWS * images).enumerate() {
            let (unit, count) = (first + number * ROWS, results.len() / images);
            for place in Part::all(0, of.inputs, of.inputs) {
                let rows = of.weight.rows(&mut tile, unit, count, place).map(S::as_simd_f32s);
                for (image, source) in source.chunks_exact(of.inputs).enumerate() {
                    let (vectors, rest) = S::as_simd_f32s(&source[place.start..][..place.columns]);
                    let rows = rows.map(|(row, rest)| (&row[..vectors.len()], rest));
                    let mut sums = [simd.splat_f32s(0.0); ROWS];
                    for (place, value) in vectors.iter().enumerate() {
                        for (sum, (row, _)) in sums.iter_mut().zip(&rows) {
                            *sum = multiply_add::<S, FUSED>(simd, row[place], *value, *sum);
                        }
                    }
                    for (number, (sum, (_, row))) in sums.iter().zip(&rows).take(count).enumerate() {
                        let rest: f32 = row.iter().zip(rest).map(|(weight, value)| weight * value).sum();
                        results[number * images + image] += simd.reduce_sum_f32s(*sum) + rest;
                    }
                }
            }
            for (number, results) in results.chunks_exact_mut(images).enumerate() {
                results.iter_mut().for_each(|result| *result *= of.weight.factor(unit + number));
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
        let mut tile = [[0.0; COLUMNS]; ROWS];
        sums.fill(0.0);
        let count = sums.len() / images;
        for unit in (0..of.units).step_by(ROWS) {
            let rows_here = ROWS.min(of.units - unit);
            for place in Part::all(first, count, of.inputs) {
                let rows = of.weight.rows(&mut tile, unit, rows_here, place);
                for (image, sums) in sums.chunks_exact_mut(count).enumerate() {
                    let sums = &mut sums[place.start - first..][..place.columns];
                    let source = &source[image * of.units + unit..][..rows_here];
                    // Those that are read twice count once.
                    let value = |row: usize| source.get(row).map_or(0.0, |value| value * of.weight.factor(unit + row));
                    let [a, b, c, d]: [f32; ROWS] = from_fn(value);
                    let rows = rows[0].iter().zip(rows[1]).zip(rows[2]).zip(rows[3]);
                    for (sum, (((e, f), g), h)) in sums.iter_mut().zip(rows) {
                        *sum += (a * e + b * f) + (c * g + d * h);
                    }
                }
            }
        }
    }
}
