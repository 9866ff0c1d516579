//! The largest value of windows.

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::{Epilogue, Map, arithmetic::dispatch};

/// Windows over each channel, and the largest value of each.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MaxPool {
    /// What is read.
    pub from: Map,
    /// What is computed.
    pub to: Map,
    /// Of each row and of each column of the result the rows or columns of its window: the first, and the one behind the last.
    pub windows: [Vec<[usize; 2]>; 2],
}

impl MaxPool {
    /// How many numbers of memory [`gradient`](Self::gradient) needs.
    pub fn scratch(&self) -> usize {
        2 * self.to.channels
    }

    /// y\[o\] = max of x over the window of o, for all images of a batch.
    pub fn forward(&self, source: &[f32], epilogue: Epilogue, result: &mut [f32]) {
        let [from, to] = [self.from, self.to].map(Map::values);
        for (image, result) in result.chunks_exact_mut(to).enumerate() {
            let source = &source[image * from..][..from];
            dispatch(Forward { of: self, source, epilogue, result, before: image * to });
        }
    }

    /// dx\[i\] = Σ dy\[o\] over the windows whose first largest value is x\[i\], for all images of a batch; `seen` is x.
    pub fn gradient(&self, source: &[f32], seen: &[f32], epilogue: Epilogue, result: &mut [f32], scratch: &mut [f32]) {
        let [from, to] = [self.from, self.to].map(Map::values);
        for (image, result) in result.chunks_exact_mut(from).enumerate() {
            let (source, seen) = (&source[image * to..][..to], &seen[image * from..][..from]);
            let scratch = &mut scratch[..self.scratch()];
            dispatch(Gradient { of: self, source, seen, epilogue, result, scratch, before: image * from });
        }
    }

    /// The places of a window, in their order.
    #[inline(always)]
    fn window(&self, place: usize) -> impl Iterator<Item = usize> + use<> {
        let [top, bottom] = self.windows[0][place / self.to.width];
        let [left, right] = self.windows[1][place % self.to.width];
        let width = self.from.width;
        (top..bottom).flat_map(move |y| (left..right).map(move |x| y * width + x))
    }
}

struct Forward<'a> {
    of: &'a MaxPool,
    source: &'a [f32],
    epilogue: Epilogue<'a>,
    result: &'a mut [f32],
    before: usize,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { of, source, epilogue, result, before } = self;
        let channels = of.to.channels;
        for (place, result) in result.chunks_exact_mut(channels).enumerate() {
            for (number, other) in of.window(place).enumerate() {
                let values = &source[other * channels..][..channels];
                if number == 0 {
                    result.copy_from_slice(values);
                }
                for (result, value) in result.iter_mut().zip(values) {
                    *result = if *value > *result { *value } else { *result };
                }
            }
        }
        epilogue.settle_places(result, channels, before);
    }
}

struct Gradient<'a> {
    of: &'a MaxPool,
    source: &'a [f32],
    seen: &'a [f32],
    epilogue: Epilogue<'a>,
    result: &'a mut [f32],
    scratch: &'a mut [f32],
    before: usize,
}

impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { of, source, seen, epilogue, result, scratch, before } = self;
        let channels = of.to.channels;
        let (largest, places) = scratch.split_at_mut(channels);
        result.fill(0.0);
        for (place, gradient) in source.chunks_exact(channels).enumerate() {
            // Places are told as floating-point numbers, which are vectors like the values: by their number in the window.
            for (number, other) in of.window(place).enumerate() {
                let values = &seen[other * channels..][..channels];
                if number == 0 {
                    largest.copy_from_slice(values);
                    places.fill(0.0);
                }
                let (number, kept) = (number as f32, largest.iter_mut().zip(places.iter_mut()));
                for ((largest, place), value) in kept.zip(values) {
                    let is_larger = *value > *largest;
                    *largest = if is_larger { *value } else { *largest };
                    *place = if is_larger { number } else { *place };
                }
            }
            for (number, other) in of.window(place).enumerate() {
                let (number, result) = (number as f32, &mut result[other * channels..][..channels]);
                for ((result, place), gradient) in result.iter_mut().zip(places.iter()).zip(gradient) {
                    *result += if *place == number { *gradient } else { 0.0 };
                }
            }
        }
        epilogue.settle_places(result, channels, before);
    }
}
