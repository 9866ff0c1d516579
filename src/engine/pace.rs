//! How many steps a run takes from one picture to the next.
//!
//! A graphics device may take hundreds of steps a second, of which a screen shows sixty: to read back and to draw every picture
//! would take longer than to compute them. So steps are taken together, and only the last one's picture is read.

/// Milliseconds that a screen shows a picture for.
const PICTURE: f64 = 1000.0 / 60.0;
/// The pace of a run, as it has been lately.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    /// Milliseconds that a step takes.
    step: Option<f64>,
}

impl Pace {
    /// Most steps between two pictures, so that one can go back to steps of the quickest run too, and Pause and Stop are soon heard.
    pub const MOST: u32 = 8;

    /// How many steps are to be taken for the next picture: one while nothing is known.
    pub fn steps(&self) -> u32 {
        match self.step {
            Some(step) => ((PICTURE / step.max(PICTURE / f64::from(Self::MOST))).round() as u32).max(1),
            None => 1,
        }
    }

    /// Notes how many milliseconds some steps have taken.
    pub fn note(&mut self, steps: u32, milliseconds: f64) {
        let latest = milliseconds / f64::from(steps.max(1));
        if latest.is_finite() {
            self.step = Some(self.step.map_or(latest, |step| (step + latest) / 2.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_drawn_as_often_as_a_screen_shows_one_and_at_least_every_eighth_step() {
        assert_eq!(Pace::default().steps(), 1);
        for (milliseconds, steps) in
            [(100.0, 1), (17.0, 1), (12.0, 1), (8.0, 2), (4.0, 4), (2.2, 8), (0.1, 8), (0.0, 8)]
        {
            let mut pace = Pace::default();
            pace.note(1, milliseconds);
            assert_eq!(pace.steps(), steps, "{milliseconds} ms");
        }
    }

    #[test]
    fn a_pace_follows_a_device_that_becomes_slower_and_bears_a_broken_clock() {
        let mut pace = Pace::default();
        pace.note(8, 16.0);
        assert_eq!(pace.steps(), 8);
        (0..4).for_each(|_| pace.note(8, 800.0));
        assert_eq!(pace.steps(), 1);
        for milliseconds in [f64::NAN, f64::INFINITY, -1e9] {
            pace.note(0, milliseconds);
            assert!((1..=8).contains(&pace.steps()), "{milliseconds}");
        }
    }
}
