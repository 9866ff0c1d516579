//! Convolutions of each channel by itself.

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::{
    Epilogue, Map,
    arithmetic::dispatch,
    share::{parts, share},
};

/// Channels that are kept beside each other.
const BLOCK: usize = 16;

/// A convolution with a kernel for each channel, or its gradient.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Depthwise {
    from: Map,
    to: Map,
    /// Of each row and each column of the result the places of the source that it sees, and through which row or column of the
    /// kernel.
    seen: [Vec<Vec<(usize, usize)>>; 2],
    /// Of each element of the kernel all channels.
    weight: Vec<f32>,
    width: usize,
}

impl Depthwise {
    /// With the weight of each channel and element of the kernel, whose rows are `width` elements. `seen` says of both axes what
    /// each place of the result sees: places of the source, and elements along the kernel's axis.
    pub fn new(
        [from, to]: [Map; 2],
        seen: [Vec<Vec<(usize, usize)>>; 2],
        [height, width]: [usize; 2],
        weight: &dyn Fn(usize, usize) -> f32,
    ) -> Self {
        let channels = to.channels;
        let weight = (0..height * width * channels).map(|place| weight(place % channels, place / channels)).collect();
        Self { from, to, seen, weight, width }
    }

    /// Computes it for all images of a batch.
    pub fn run(&self, source: &[f32], epilogue: Epilogue, result: &mut [f32]) {
        let row = self.to.width * self.to.channels;
        let each = self.to.height.div_ceil(parts());
        for (image, result) in result.chunks_exact_mut(self.to.values()).enumerate() {
            let source = &source[image * self.from.values()..][..self.from.values()];
            share(result, each * row, (&mut [], 0), self.to.values() < 20_000, |number, result, _| {
                let first = number * each;
                let before = image * self.to.values() + first * row;
                dispatch(Rows { of: self, source, epilogue, result, first, before });
            });
        }
    }
}

struct Rows<'a> {
    of: &'a Depthwise,
    source: &'a [f32],
    epilogue: Epilogue<'a>,
    result: &'a mut [f32],
    first: usize,
    before: usize,
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { of, source, epilogue, result, first, before } = self;
        let channels = of.to.channels;
        let places = result.chunks_exact_mut(channels).enumerate();
        for (number, result) in places {
            let rows = &of.seen[0][first + number / of.to.width];
            let columns = &of.seen[1][number % of.to.width];
            let (blocks, rest) = result.as_chunks_mut::<BLOCK>();
            let at = |(y, row): (usize, usize), (x, column): (usize, usize)| {
                [(y * of.from.width + x) * channels, (row * of.width + column) * channels]
            };
            for (block, result) in blocks.iter_mut().enumerate() {
                let mut sums = [0.0; BLOCK];
                for row in rows {
                    for column in columns {
                        let [value, weight] = at(*row, *column).map(|place| place + block * BLOCK);
                        let (values, weights) = (&source[value..][..BLOCK], &of.weight[weight..][..BLOCK]);
                        for lane in 0..BLOCK {
                            sums[lane] += values[lane] * weights[lane];
                        }
                    }
                }
                *result = sums;
            }
            rest.fill(0.0);
            let done = channels - rest.len();
            for row in rows {
                for column in columns {
                    let [value, weight] = at(*row, *column).map(|place| place + done);
                    let pairs = source[value..].iter().zip(&of.weight[weight..]);
                    rest.iter_mut().zip(pairs).for_each(|(sum, (value, weight))| *sum += value * weight);
                }
            }
            epilogue.settle(result, 0, before + number * channels);
        }
    }
}
