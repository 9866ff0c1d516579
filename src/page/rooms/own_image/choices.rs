//! Which picture counts where several are chosen before the first of them is read: always the last.

/// The pictures that have been chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Number of the last one.
    number: u32,
    /// The last one, while it is being read.
    reading: Option<Reading>,
}

/// A picture that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is called.
    pub title: String,
    /// What the page said before pictures were read.
    pub before: String,
    /// Whether a run waits for it.
    pub runs: bool,
}

impl Choices {
    /// One more picture is chosen, in place of any that is being read; a run that waits goes on waiting. `said` is what the
    /// page says. Gives the picture's number.
    pub fn begin(&mut self, title: String, said: String) -> u32 {
        let (before, runs) = self.reading.take().map_or((said, false), |reading| (reading.before, reading.runs));
        self.reading = Some(Reading { title, before, runs });
        self.number = self.number.wrapping_add(1);
        self.number
    }

    /// Whether no picture has been chosen since.
    pub fn is_last(&self, number: u32) -> bool {
        self.number == number
    }

    /// A run is to wait for the picture that is being read, if one is.
    pub fn wait(&mut self) -> Option<&Reading> {
        let reading = self.reading.as_mut()?;
        reading.runs = true;
        Some(reading)
    }

    /// A picture is read, or will never be; nothing where another has been chosen since.
    pub fn end(&mut self, number: u32) -> Option<Reading> {
        if self.is_last(number) { self.reading.take() } else { None }
    }

    /// Something else than a picture is chosen.
    pub fn abandon(&mut self) -> Option<Reading> {
        self.reading.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_choice_counts_whichever_is_read_first() {
        for large_first in [true, false] {
            let mut choices = Choices::default();
            let large = choices.begin("large".into(), "Done.".into());
            let small = choices.begin("small".into(), "Reading large".into());
            let order = if large_first { [large, small] } else { [small, large] };
            let read: Vec<_> = order.into_iter().filter_map(|number| choices.end(number)).collect();
            let small = Reading { title: "small".into(), before: "Done.".into(), runs: false };
            assert_eq!(read, [small]);
        }
    }

    #[test]
    fn a_run_waits_for_the_last_picture_and_not_for_one_that_is_read() {
        let mut choices = Choices::default();
        assert_eq!(choices.wait(), None);
        let first = choices.begin("first".into(), String::new());
        assert!(choices.wait().is_some());
        let second = choices.begin("second".into(), String::new());
        assert_eq!(choices.end(first), None);
        assert!(choices.end(second).unwrap().runs);
        assert_eq!((choices.end(second), choices.wait()), (None, None));
        let third = choices.begin("third".into(), String::new());
        assert!(!choices.end(third).unwrap().runs);
    }

    #[test]
    fn a_picture_that_was_given_up_is_never_taken() {
        let mut choices = Choices::default();
        let number = choices.begin("it".into(), String::new());
        assert!(choices.abandon().is_some());
        assert!(choices.is_last(number));
        assert_eq!(choices.end(number), None);
    }
}
