//! Products of matrices: few rows, each somewhere of its own, with weights that are laid out once.

use std::array::from_fn;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::arithmetic::{dispatch, multiply_add};

/// Rows that a tile has.
pub(crate) const ROWS: usize = 4;

/// Numbers of a vector of this machine.
pub(crate) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    dispatch(Lanes)
}

/// Columns of the widest panel.
pub(crate) fn widest() -> usize {
    2 * lanes()
}

/// How many panels so many columns have.
pub(crate) fn panels(columns: usize) -> usize {
    columns.div_ceil(widest())
}

/// A matrix `[products, columns]` in panels of one or two vectors' columns: each panel's rows lie behind each other, those
/// columns that the last lacks are zeros.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Panels {
    #[serde(with = "crate::numbers")]
    values: Vec<f32>,
    products: usize,
    columns: usize,
    lanes: usize,
}

/// Some columns of a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    pub values: &'a [f32],
    /// The first column.
    pub first: usize,
    /// How many there are, without the zeros.
    pub count: usize,
    /// How many vectors each row has.
    pub vectors: usize,
}

impl Panels {
    pub fn new(products: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut panels = Self { values: Vec::new(), products, columns, lanes: lanes() };
        panels.values.reserve_exact(columns.next_multiple_of(panels.lanes) * products);
        for number in 0..panels.count() {
            let (first, vectors) = panels.block(number);
            for product in 0..products {
                let column = |place| if first + place < columns { value(product, first + place) } else { 0.0 };
                panels.values.extend((0..vectors * panels.lanes).map(column));
            }
        }
        panels
    }

    fn count(&self) -> usize {
        self.columns.div_ceil(2 * self.lanes)
    }

    /// First column and number of vectors of a panel.
    fn block(&self, number: usize) -> (usize, usize) {
        let first = number * 2 * self.lanes;
        (first, if self.columns - first > self.lanes { 2 } else { 1 })
    }

    /// A panel, by its number.
    pub fn panel(&self, number: usize) -> Panel<'_> {
        let (first, vectors) = self.block(number);
        let values = &self.values[first * self.products..][..vectors * self.lanes * self.products];
        Panel { values, first, count: (self.columns - first).min(vectors * self.lanes), vectors }
    }

    pub fn iter(&self) -> impl Iterator<Item = Panel<'_>> {
        (0..self.count()).map(|number| self.panel(number))
    }
}

/// The product of some rows with a panel: each row is `taps` pieces, of which `piece(tap, row)` tells the values.
#[inline(always)]
pub(crate) fn tile<'a, S: Simd, const FUSED: bool, const VECTORS: usize>(
    simd: S,
    taps: usize,
    piece: impl Fn(usize, usize) -> &'a [f32],
    panel: &[f32],
) -> [[S::f32s; VECTORS]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    let (panel, _) = S::as_simd_f32s(panel);
    let each = panel.len() / taps;
    let count = each / VECTORS;
    for (tap, panel) in panel.chunks_exact(each).enumerate() {
        let rows: [&[f32]; ROWS] = from_fn(|row| &piece(tap, row)[..count]);
        for (product, weights) in (0..count).zip(panel.chunks_exact(VECTORS)) {
            for row in 0..ROWS {
                let value = simd.splat_f32s(rows[row][product]);
                for vector in 0..VECTORS {
                    sums[row][vector] = multiply_add::<S, FUSED>(simd, value, weights[vector], sums[row][vector]);
                }
            }
        }
    }
    sums
}

/// Stores a row of a tile, or as much of it as there is room for.
#[inline(always)]
pub(crate) fn store(sums: &[f32], result: &mut [f32]) {
    if result.len() == sums.len() {
        result.copy_from_slice(sums);
    } else {
        result.iter_mut().zip(sums).for_each(|(result, sum)| *result = *sum);
    }
}
