use burn::tensor::Tensor;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::ascent::resize::resized;

/// A part of a run (Nguyen et al. 2016, multifaceted feature visualization; the published code's octaves).
struct Octave {
    /// Its share of the run's steps, out of [`STEPS`].
    steps: u32,
    /// Whether the image grows before it.
    grows: bool,
    /// Standard deviation of the crops' places about the middle, as a share of the room there is.
    window: f64,
    /// Whether the border of the crop is left alone.
    centre_only: bool,
    /// Step size at its beginning and end, relative to the first octave's.
    rates: [f32; 2],
}

/// Step sizes 11, 6, 1, 3, and from 6 to 3.
const OCTAVES: [Octave; 5] = [
    Octave { steps: 190, grows: false, window: 0.3, centre_only: false, rates: [1.0, 1.0] },
    Octave { steps: 150, grows: true, window: 0.3, centre_only: false, rates: [6.0 / 11.0, 6.0 / 11.0] },
    Octave { steps: 150, grows: true, window: 0.3, centre_only: false, rates: [1.0 / 11.0, 1.0 / 11.0] },
    Octave { steps: 30, grows: false, window: 0.1, centre_only: true, rates: [3.0 / 11.0, 3.0 / 11.0] },
    Octave { steps: 10, grows: false, window: 0.3, centre_only: false, rates: [6.0 / 11.0, 3.0 / 11.0] },
];
const STEPS: u32 = 530;

/// The octave of a step (counted from 0) of `steps`, and how far the step is in it, in `0..1`.
fn octave(step: u32, steps: u32) -> (usize, f32) {
    let at = f64::from(step) / f64::from(steps.max(1)) * f64::from(STEPS);
    let mut begin = 0.0;
    for (number, octave) in OCTAVES.iter().enumerate() {
        let within = (at - begin) / f64::from(octave.steps);
        if within < 1.0 {
            return (number, within.max(0.0) as f32);
        }
        begin += f64::from(octave.steps);
    }
    (OCTAVES.len() - 1, 1.0)
}

/// What the bias to the centre makes of the step size at a step, as a factor.
pub fn octave_rate(step: u32, steps: u32) -> f32 {
    let (number, within) = octave(step, steps);
    let [start, end] = OCTAVES[number].rates;
    start + (end - start) * within
}

/// A gradient `[batch, 3, height, width]`, 0 on a margin along the edges where the step's octave leaves that alone.
pub fn centre_only(gradient: Tensor<4>, margin: u32, step: u32, steps: u32) -> Tensor<4> {
    let [batch, channels, height, width] = gradient.dims();
    // Of an image that is all margin, something has to be left.
    let margin = (margin as usize).min((height.min(width) - 1) / 2);
    if margin == 0 || !OCTAVES[octave(step, steps).0].centre_only {
        return gradient;
    }
    let within = [0..batch, 0..channels, margin..height - margin, margin..width - margin];
    let centre = gradient.clone().slice(within.clone());
    gradient.zeros_like().slice_assign(within, centre)
}

/// Images that grow, and the crop of each that a step looks at.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// `[batch, 3, side, side']`, at least as large as a crop.
    whole: Tensor<4>,
    /// Row and column of each crop's first pixel.
    corners: Vec<[usize; 2]>,
    scale: f32,
    steps: u32,
}

impl Canvas {
    /// A canvas of the size of the first images.
    pub fn new(images: Tensor<4>, scale: f32, steps: u32) -> Self {
        let corners = vec![[0, 0]; images.dims()[0]];
        Self { whole: images, corners, scale, steps }
    }

    /// Height and width of the whole.
    pub fn size(&self) -> [usize; 2] {
        let [_, _, height, width] = self.whole.dims();
        [height, width]
    }

    /// Puts the crops back that a step has changed, lets the image grow where the next step begins an octave, and cuts the
    /// crops of the next step, `[batch, 3, height, width]` both. The last step looks at the middle.
    pub fn turn(&mut self, crops: Tensor<4>, seeds: &[u32], step: u32) -> Tensor<4> {
        let [_, channels, height, width] = crops.dims();
        for (run, &[row, column]) in self.corners.iter().enumerate() {
            let place = [run..run + 1, 0..channels, row..row + height, column..column + width];
            self.whole = self.whole.clone().slice_assign(place, crops.clone().narrow(0, run, 1));
        }
        let (before, next) = (octave(step, self.steps).0, octave(step + 1, self.steps).0);
        for _ in OCTAVES[before + 1..=next.max(before)].iter().filter(|octave| octave.grows) {
            let size = self.size().map(|side| (side as f32 * self.scale).round() as usize);
            self.whole = resized(self.whole.clone(), size);
        }
        let room = [self.size()[0] - height, self.size()[1] - width];
        let window = if step + 2 < self.steps { OCTAVES[next].window } else { 0.0 };
        self.corners = seeds.iter().map(|&seed| corner(seed, step + 1, room, window)).collect();
        let crop = |(run, &[row, column]): (usize, &[usize; 2])| {
            self.whole.clone().slice([run..run + 1, 0..channels, row..row + height, column..column + width])
        };
        Tensor::cat(self.corners.iter().enumerate().map(crop).collect(), 0)
    }
}

/// Where a run's crop begins at a step, given the room there is for it: normally distributed about the middle, the same
/// for a seed and a step everywhere.
fn corner(seed: u32, step: u32, room: [usize; 2], window: f64) -> [usize; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed) << 32 | u64::from(step));
    // The stream apart from those of the start, of jitter, and of PPGN's noise.
    random.set_stream(3);
    room.map(|room| {
        let (middle, room) = (room as f64 / 2.0, room as f64);
        let place = Normal::new(middle, room * window).map_or(middle, |normal| normal.sample(&mut random));
        place.clamp(0.0, room) as usize
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octaves_follow_one_another_at_their_published_shares_and_rates() {
        let numbers: Vec<_> = [0, 189, 190, 339, 340, 489, 490, 519, 520, 529].map(|t| octave(t, 530).0).into();
        assert_eq!(numbers, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        let rates = [0, 200, 400, 500, 525].map(|step| (octave_rate(step, 530) * 110.0).round() / 10.0);
        assert_eq!(rates, [11.0, 6.0, 1.0, 3.0, 4.5]);
        assert_eq!((octave(0, 1).0, octave(99, 100).0), (0, 4));
    }

    #[test]
    fn crops_lie_about_the_middle_and_inside() {
        let corners: Vec<_> = (0..500).map(|step| corner(3, step, [20, 7], 0.3)).collect();
        assert!(corners.iter().all(|&[row, column]| row <= 20 && column <= 7));
        let mean = corners.iter().map(|corner| corner[0] as f64).sum::<f64>() / 500.0;
        assert!((mean - 10.0).abs() < 1.0 && corners.iter().any(|corner| corner[0] != corners[0][0]), "{mean}");
        assert_eq!(corner(3, 4, [20, 8], 0.0), [10, 4]);
        assert_eq!(corner(3, 4, [0, 0], 0.3), [0, 0]);
    }
}
