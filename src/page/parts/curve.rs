//! The activation curve as numbers: a scale with round ticks, and the line in a square of 100 by 100.

/// The range of an axis, with the ticks on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    low: f32,
    high: f32,
    step: f32,
}

/// At most this many intervals between ticks.
const INTERVALS: f32 = 4.0;
/// An axis is never shorter than this, so that the first steps do not look like a storm.
const SHORTEST: f32 = 10.0;

impl Scale {
    /// A scale that holds 0 and all the finite values, with round numbers at its ends.
    pub fn of(values: &[f32]) -> Self {
        let finite = values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = finite.fold((0.0_f32, 0.0_f32), |(low, high), value| (low.min(value), high.max(value)));
        let high = high.max(low + SHORTEST);
        let step = round_step((high - low) / INTERVALS);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// How far down a value lies, 0 at the top and 100 at the bottom.
    pub fn down(&self, value: f32) -> f32 {
        100.0 * (self.high - value) / (self.high - self.low)
    }

    /// The ticks from the bottom up: their values.
    pub fn ticks(&self) -> Vec<f32> {
        let first = self.low / self.step;
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count.min(8)).map(|index| (first + index as f32) * self.step).collect()
    }
}

/// The next number of the form 1, 2 or 5 times a power of ten.
fn round_step(rough: f32) -> f32 {
    let power = 10_f32.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= rough * 0.999).unwrap_or(10.0 * power)
}

/// The line through the values of a run of so many steps, and where it ends: as an SVG path, and as `(across, down)`.
pub fn line(values: &[f32], steps: u32, scale: &Scale) -> (String, Option<(f32, f32)>) {
    let across = |index: usize| 100.0 * (index + 1) as f32 / steps.max(1) as f32;
    let mut path = String::with_capacity(values.len() * 14);
    let mut end = None;
    for (index, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let point = (across(index), scale.down(*value));
        path.push_str(&format!("{}{:.2} {:.2}", if end.is_none() { "M" } else { "L" }, point.0, point.1));
        end = Some(point);
    }
    (path, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticks_are_round_and_hold_the_values() {
        let scale = Scale::of(&[-2.3, 14.0, 31.2]);
        assert_eq!(scale.ticks(), [-10.0, 0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!((scale.down(40.0), scale.down(-10.0)), (0.0, 100.0));
    }

    #[test]
    fn an_empty_run_has_a_scale_as_well() {
        let ticks = Scale::of(&[]).ticks();
        assert_eq!((ticks.first(), ticks.last()), (Some(&0.0), Some(&10.0)));
    }

    #[test]
    fn every_scale_has_few_ticks_and_a_length() {
        for top in [1e-6, 0.3, 10.0, 99.0, 101.0, 12_345.0, 1e30] {
            let scale = Scale::of(&[0.0, top, -top / 7.0]);
            assert!((2..=8).contains(&scale.ticks().len()), "{top}: {:?}", scale.ticks());
            assert!((0.0..=100.0).contains(&scale.down(top)), "{top}");
        }
    }

    #[test]
    fn the_line_ends_at_the_last_step_and_leaves_out_what_is_no_number() {
        let scale = Scale { low: 0.0, high: 10.0, step: 5.0 };
        let (path, end) = line(&[0.0, f32::NAN, 10.0], 4, &scale);
        assert_eq!(path, "M25.00 100.00L75.00 0.00");
        assert_eq!(end, Some((75.0, 0.0)));
    }
}
