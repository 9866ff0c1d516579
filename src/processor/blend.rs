//! Values made of others by shares that are the same for all channels and separate along rows and columns: resizing, means,
//! pictures moved, and the gradients of all.

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::{Epilogue, Map, arithmetic::dispatch};

/// Of each place along an axis the places that it is made of, and their shares.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    parts: Vec<(usize, f32)>,
    /// For each place where its parts end.
    ends: Vec<usize>,
}

impl Shares {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a place that is made of some.
    pub fn push(&mut self, parts: impl IntoIterator<Item = (usize, f32)>) {
        self.parts.extend(parts);
        self.ends.push(self.parts.len());
    }

    /// Of each place along an axis of `side` once a picture has been moved round by an offset, and then enlarged by a factor about its
    /// middle, bilinear, its edges drawn out where it shrinks; `inverse` is what the factor is the inverse of.
    pub fn set_moved(&mut self, side: usize, offset: i64, inverse: f32) {
        self.parts.clear();
        self.ends.clear();
        let last = side.saturating_sub(1);
        let middle = last as f32 / 2.0;
        let from = |place: usize| (place as i64 - offset).rem_euclid(side as i64) as usize;
        for place in 0..side {
            let at = ((place as f32 - middle) * inverse + middle).clamp(0.0, last as f32);
            let low = at as usize;
            let share = at - low as f32;
            let high = (share > 0.0).then(|| (from((low + 1).min(last)), share));
            self.push([(from(low), 1.0 - share)].into_iter().chain(high));
        }
    }

    fn iter(&self) -> impl Iterator<Item = &[(usize, f32)]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.parts[start..*end])
    }
}

/// Values of a map made of those of another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blend {
    /// What is read.
    pub from: Map,
    /// What is made of it.
    pub to: Map,
    /// Of the rows and of the columns of what is made.
    pub shares: [Shares; 2],
}

impl Blend {
    /// Computes it, or the gradient with respect to what is read, for images; `before` are the numbers of those before them.
    pub fn run(&self, is_back: bool, source: &[f32], epilogue: Epilogue, result: &mut [f32], before: usize) {
        let (from, to) = if is_back { (self.to, self.from) } else { (self.from, self.to) };
        let images = source.chunks_exact(from.values()).zip(result.chunks_exact_mut(to.values()));
        for (image, (source, result)) in images.enumerate() {
            let before = before + image * to.values();
            dispatch(Image { of: self, is_back, source, epilogue, result, before });
        }
    }
}

struct Image<'a> {
    of: &'a Blend,
    is_back: bool,
    source: &'a [f32],
    epilogue: Epilogue<'a>,
    result: &'a mut [f32],
    before: usize,
}

impl WithSimd for Image<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { of, is_back, source, epilogue, result, before } = self;
        let channels = of.to.channels;
        result.fill(0.0);
        let mut place = 0;
        for rows in of.shares[0].iter() {
            for columns in of.shares[1].iter() {
                let made = place * channels;
                place += 1;
                for (y, down) in rows {
                    for (x, across) in columns {
                        let (share, part) = (down * across, (y * of.from.width + x) * channels);
                        let (to, from) = if is_back { (part, made) } else { (made, part) };
                        let pairs = result[to..][..channels].iter_mut().zip(&source[from..][..channels]);
                        pairs.for_each(|(result, value)| *result += share * value);
                    }
                }
            }
        }
        epilogue.settle_places(result, channels, before);
    }
}
