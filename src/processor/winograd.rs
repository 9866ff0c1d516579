//! Convolutions of 3×3 with fewer multiplications: minimal filtering, F(2×2, 3×3) and F(4×4, 3×3) of Lavin & Gray 2016,
//! "Fast algorithms for convolutional neural networks".
//!
//! A tile of the result, of `m`×`m` places, is made of (m+2)² places of the source. These are transformed, (m+2)² products of
//! matrices join the channels, and their results are transformed back: 16 multiplications for 4 places in place of 36, or 36
//! for 16 in place of 144.

use std::array::from_fn;

use pulp::{Simd, bytemuck::cast_slice};
use serde::{Deserialize, Serialize};

use crate::{
    Epilogue, Map, Plane, Tap,
    arithmetic::{Sums, multiply_add, sums},
    product::{Panels, ROWS, lanes, store, tile},
    share::{memory, parts, share},
};

/// The sides of results from which on larger tiles are worth their sums.
const LARGE: usize = 12;
/// The smallest side of a result, and the fewest channels, for which it is worth anything.
const LEAST: [usize; 2] = [6, 16];
/// How many times the numbers of tiles weights are from which on they are shared.
const WEIGHTY: usize = 4;
/// About how many tiles are transformed at once: as many as a processor keeps near itself.
const AT_ONCE: usize = 64;

/// A convolution of 3×3 with transformed weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Winograd {
    from: Map,
    to: Map,
    /// Where a place's first element sees the source, beside the place itself.
    offset: [i64; 2],
    /// Side of a result's tile.
    side: usize,
    /// A matrix for each place of a transformed tile.
    panels: Vec<Panels>,
}

impl Winograd {
    /// With weights as [`Convolution`](crate::Convolution) has them; none where that is the better one.
    pub fn new(plane: &Plane, weight: &dyn Fn(usize, usize, usize, usize) -> f32) -> Option<Self> {
        let ([phase], 1, [1, 1]) = (plane.parts.as_slice(), plane.groups, plane.step) else { return None };
        let (from, to) = (plane.from, plane.to);
        let [side, channels] = LEAST;
        if to.height.min(to.width) < side || from.channels.min(to.channels) < channels || phase.taps.len() != 9 {
            return None;
        }
        let low = |axis: usize| phase.taps.iter().map(|tap| tap.offset[axis]).min();
        let offset = [low(0)?, low(1)?];
        let at = |y: usize, x: usize| {
            let here = |tap: &&Tap| tap.offset == [offset[0] + y as i64, offset[1] + x as i64];
            phase.taps.iter().find(here).map(|tap| tap.element)
        };
        let mut elements = [[0; 3]; 3];
        for (y, row) in elements.iter_mut().enumerate() {
            for (x, element) in row.iter_mut().enumerate() {
                *element = at(y, x)?;
            }
        }
        let side = if to.height.min(to.width) >= LARGE { 4 } else { 2 };
        let transformed = side + 2;
        // All elements of all channels, transformed, a pair of channels behind the other.
        let mut weights = vec![0.0; transformed * transformed * from.channels * to.channels];
        let places = from.channels * to.channels;
        for channel in 0..from.channels {
            for result in 0..to.channels {
                let kernel = elements.map(|row| row.map(|element| weight(0, result, channel, element)));
                let mut half = [[0.0; 3]; 6];
                for x in 0..3 {
                    let column = of_weights(side, kernel.map(|row| row[x]));
                    (0..transformed).for_each(|y| half[y][x] = column[y]);
                }
                for (y, row) in half.iter().take(transformed).enumerate() {
                    let row = of_weights(side, *row);
                    for x in 0..transformed {
                        weights[(y * transformed + x) * places + channel * to.channels + result] = row[x];
                    }
                }
            }
        }
        let panels = weights.chunks_exact(places);
        let panels = panels.map(|matrix| {
            Panels::new(from.channels, to.channels, |channel, result| matrix[channel * to.channels + result])
        });
        Some(Self { from, to, offset, side, panels: panels.collect() })
    }

    /// How many numbers of memory [`run`](Self::run) needs.
    pub fn scratch(&self) -> usize {
        memory(self.tiles()[0].div_ceil(self.rows_at_once().0), self.each())
    }

    /// Tiles along both axes.
    fn tiles(&self) -> [usize; 2] {
        [self.to.height.div_ceil(self.side), self.to.width.div_ceil(self.side)]
    }

    /// Rows of tiles that are transformed at once, and whether these are all.
    fn rows_at_once(&self) -> (usize, bool) {
        let [rows, columns] = self.tiles();
        let (from, to) = (self.from.channels, self.to.channels);
        // Where weights are most of what is read, threads share those and not the tiles.
        if rows * columns <= AT_ONCE && from * to >= WEIGHTY * rows * columns * (from + to) {
            return (rows, true);
        }
        ((AT_ONCE / columns).clamp(1, rows.div_ceil(parts())), false)
    }

    /// Numbers of memory that some rows of tiles need.
    fn each(&self) -> usize {
        let tiles = self.rows_at_once().0 * self.tiles()[1];
        let [channels, results] = self.padded();
        self.panels.len() * tiles * (channels + results)
    }

    /// Channels of the source and of the result, up to whole vectors.
    fn padded(&self) -> [usize; 2] {
        [self.from.channels, self.to.channels].map(|channels| channels.next_multiple_of(lanes()))
    }

    /// Computes it for all images of a batch.
    pub fn run(&self, source: &[f32], epilogue: Epilogue, result: &mut [f32], scratch: &mut [f32]) {
        let (sources, results) = (source.chunks_exact(self.from.values()), result.chunks_exact_mut(self.to.values()));
        let ((rows, are_all), row) = (self.rows_at_once(), self.side * self.to.width * self.to.channels);
        let each = self.each();
        for (image, (source, result)) in sources.zip(results).enumerate() {
            share(result, rows * row, (scratch, each), false, |number, result, scratch| {
                let first = number * rows;
                let before = image * self.to.values() + first * row;
                let count = rows.min(self.tiles()[0] - first);
                let tiles = count * self.tiles()[1];
                let [channels, results] = self.padded();
                let (transformed, products) = scratch.split_at_mut(self.panels.len() * tiles * channels);
                sums(Source { of: self, source, transformed, tiles, first });
                // Matrices that a thread multiplies with.
                let matrices = if are_all { self.panels.len().div_ceil(2 * parts()) } else { self.panels.len() };
                let products = &mut products[..self.panels.len() * tiles * results];
                share(products, matrices * tiles * results, (&mut [], 0), false, |number, products, _| {
                    let source = &transformed[number * matrices * tiles * channels..];
                    let panels = &self.panels[number * matrices..];
                    sums(Products { panels, source, products, tiles, channels, results });
                });
                sums(Back { of: self, products, epilogue, result, first, tiles, before });
            });
        }
    }
}

/// Three weights, transformed.
fn of_weights(side: usize, [a, b, c]: [f32; 3]) -> [f32; 6] {
    if side == 2 {
        let even = (a + c) / 2.0;
        [a, even + b / 2.0, even - b / 2.0, c, 0.0, 0.0]
    } else {
        let (near, far) = (-(a + c) / 6.0, a / 24.0 + c / 6.0);
        [a / 4.0, near - b / 6.0, near + b / 6.0, far + b / 12.0, far - b / 12.0, c]
    }
}

/// Values of the source, transformed.
#[inline(always)]
fn of_source<S: Simd, const FUSED: bool, const SIDE: usize, const T: usize>(simd: S, d: [S::f32s; T]) -> [S::f32s; T] {
    let (add, sub) = (|a, b| simd.add_f32s(a, b), |a, b| simd.sub_f32s(a, b));
    let times = |factor: f32, a, b| multiply_add::<S, FUSED>(simd, simd.splat_f32s(factor), a, b);
    let mut to = d;
    if SIDE == 2 {
        to[0] = sub(d[0], d[2]);
        to[1] = add(d[1], d[2]);
        to[2] = sub(d[2], d[1]);
        to[3] = sub(d[1], d[3]);
    } else {
        to[0] = times(4.0, d[0], times(-5.0, d[2], d[4]));
        let (even, odd) = (times(-4.0, d[2], d[4]), times(-4.0, d[1], d[3]));
        to[1] = add(even, odd);
        to[2] = sub(even, odd);
        let (even, odd) = (sub(d[4], d[2]), sub(d[3], d[1]));
        to[3] = times(2.0, odd, even);
        to[4] = times(-2.0, odd, even);
        to[5] = times(4.0, d[1], times(-5.0, d[3], d[5]));
    }
    to
}

/// Products, transformed back.
#[inline(always)]
fn of_products<S: Simd, const FUSED: bool, const SIDE: usize, const T: usize>(
    simd: S,
    p: [S::f32s; T],
) -> [S::f32s; SIDE] {
    let (add, sub) = (|a, b| simd.add_f32s(a, b), |a, b| simd.sub_f32s(a, b));
    let times = |factor: f32, a, b| multiply_add::<S, FUSED>(simd, simd.splat_f32s(factor), a, b);
    let mut to = [p[0]; SIDE];
    let (even, odd) = (add(p[1], p[2]), sub(p[1], p[2]));
    if SIDE == 2 {
        to[0] = add(p[0], even);
        to[1] = sub(odd, p[3]);
    } else {
        let (far, further) = (add(p[3], p[4]), sub(p[3], p[4]));
        to[0] = add(add(p[0], even), far);
        to[1] = times(2.0, further, odd);
        to[2] = times(4.0, far, even);
        to[3] = add(times(8.0, further, odd), p[5]);
    }
    to
}

/// Transforms some rows of tiles of an image.
struct Source<'a> {
    of: &'a Winograd,
    source: &'a [f32],
    /// Of each place of a transformed tile all tiles, each with all channels.
    transformed: &'a mut [f32],
    tiles: usize,
    /// The first row of tiles.
    first: usize,
}

impl Sums for Source<'_> {
    #[inline(always)]
    fn sums<S: Simd, const FUSED: bool>(self, simd: S) {
        if self.of.side == 2 { self.transform::<S, FUSED, 2, 4>(simd) } else { self.transform::<S, FUSED, 4, 6>(simd) }
    }
}

impl Source<'_> {
    #[inline(always)]
    fn transform<S: Simd, const FUSED: bool, const SIDE: usize, const T: usize>(self, simd: S) {
        let Self { of, source, transformed, tiles, first } = self;
        let columns = of.tiles()[1];
        let [channels, _] = of.padded();
        let lanes = S::F32_LANES;
        let zero = simd.splat_f32s(0.0);
        for tile in 0..tiles {
            let corner = [(first + tile / columns) * SIDE, tile % columns * SIDE];
            let corner: [i64; 2] = from_fn(|axis| corner[axis] as i64 + of.offset[axis]);
            for channel in (0..channels).step_by(lanes) {
                let mut values = [[zero; T]; T];
                for (row, y) in values.iter_mut().zip(corner[0]..) {
                    if y < 0 || y >= of.from.height as i64 {
                        continue;
                    }
                    for (value, x) in row.iter_mut().zip(corner[1]..) {
                        if x < 0 || x >= of.from.width as i64 {
                            continue;
                        }
                        let place = (y as usize * of.from.width + x as usize) * of.from.channels + channel;
                        let left = lanes.min(of.from.channels - channel);
                        *value = load(simd, &source[place..][..left]);
                    }
                }
                let mut half = [[zero; T]; T];
                for x in 0..T {
                    let column = of_source::<S, FUSED, SIDE, T>(simd, from_fn(|y| values[y][x]));
                    (0..T).for_each(|y| half[y][x] = column[y]);
                }
                for (y, row) in half.into_iter().enumerate() {
                    let row = of_source::<S, FUSED, SIDE, T>(simd, row);
                    for (x, value) in row.into_iter().enumerate() {
                        let place = ((y * T + x) * tiles + tile) * channels + channel;
                        transformed[place..][..lanes].copy_from_slice(cast_slice(&[value]));
                    }
                }
            }
        }
    }
}

/// Multiplies transformed tiles with some matrices.
struct Products<'a> {
    panels: &'a [Panels],
    source: &'a [f32],
    products: &'a mut [f32],
    tiles: usize,
    channels: usize,
    results: usize,
}

impl Sums for Products<'_> {
    #[inline(always)]
    fn sums<S: Simd, const FUSED: bool>(self, simd: S) {
        let Self { panels, source, products, tiles, channels, results } = self;
        let matrices = source.chunks_exact(tiles * channels).zip(products.chunks_exact_mut(tiles * results));
        for (panels, (source, result)) in panels.iter().zip(matrices) {
            for panel in panels.iter() {
                for first in (0..tiles).step_by(ROWS) {
                    let piece = |_: usize, row: usize| &source[(first + row).min(tiles - 1) * channels..][..channels];
                    let mut finish = |row: usize, sums: &[f32]| {
                        store(sums, &mut result[(first + row) * results + panel.first..][..sums.len()]);
                    };
                    let count = ROWS.min(tiles - first);
                    if panel.vectors == 2 {
                        let sums = tile::<S, FUSED, 2>(simd, 1, piece, panel.values);
                        (0..count).for_each(|row| finish(row, cast_slice(&sums[row])));
                    } else {
                        let sums = tile::<S, FUSED, 1>(simd, 1, piece, panel.values);
                        (0..count).for_each(|row| finish(row, cast_slice(&sums[row])));
                    }
                }
            }
        }
    }
}

/// Transforms the products back.
struct Back<'a> {
    of: &'a Winograd,
    products: &'a [f32],
    epilogue: Epilogue<'a>,
    result: &'a mut [f32],
    /// The first row of tiles.
    first: usize,
    tiles: usize,
    /// Numbers of the whole result before this part of it.
    before: usize,
}

impl Sums for Back<'_> {
    #[inline(always)]
    fn sums<S: Simd, const FUSED: bool>(self, simd: S) {
        if self.of.side == 2 { self.transform::<S, FUSED, 2, 4>(simd) } else { self.transform::<S, FUSED, 4, 6>(simd) }
    }
}

impl Back<'_> {
    #[inline(always)]
    fn transform<S: Simd, const FUSED: bool, const SIDE: usize, const T: usize>(self, simd: S) {
        let Self { of, products, epilogue, result, first, tiles, before } = self;
        let columns = of.tiles()[1];
        let [_, results] = of.padded();
        let lanes = S::F32_LANES;
        let zero = simd.splat_f32s(0.0);
        for tile in 0..tiles {
            let [top, left] = [tile / columns * SIDE, tile % columns * SIDE];
            for channel in (0..results).step_by(lanes) {
                let at = |y: usize, x: usize| {
                    let place = ((y * T + x) * tiles + tile) * results + channel;
                    load(simd, &products[place..][..lanes])
                };
                let mut half = [[zero; T]; SIDE];
                for x in 0..T {
                    let column = of_products::<S, FUSED, SIDE, T>(simd, from_fn(|y| at(y, x)));
                    (0..SIDE).for_each(|y| half[y][x] = column[y]);
                }
                for (y, row) in half.into_iter().enumerate().take_while(|(y, _)| first * SIDE + top + y < of.to.height)
                {
                    let row = of_products::<S, FUSED, SIDE, T>(simd, row);
                    for (x, value) in row.into_iter().enumerate().take_while(|(x, _)| left + x < of.to.width) {
                        let place = ((top + y) * of.to.width + left + x) * of.to.channels + channel;
                        let count = lanes.min(of.to.channels - channel);
                        let values = &mut result[place..][..count];
                        store(cast_slice(&[value]), values);
                        epilogue.settle(values, channel, before + place);
                    }
                }
            }
        }
    }
}

/// A vector, or as much of one as there is, and zeros.
#[inline(always)]
fn load<S: Simd>(simd: S, values: &[f32]) -> S::f32s {
    match S::as_simd_f32s(values).0 {
        [vector] => *vector,
        _ => simd.partial_load_f32s(values),
    }
}
