//! The numbers of a run as one table: addresses, fields, the command line and [`RunSpec::validate`] go through it.

use std::{fmt, str::FromStr};

use super::{MAX_DEVIATIONS, MAX_EPSILON, MAX_JITTER, MAX_RATE, MAX_RESCALE, MAX_STEPS, RunSpec, SpecError};

/// All of them, in the order of an address. One more is an entry here, its use, and its words in the page and the command
/// line.
pub static PARAMETERS: [Parameter; 10] = [
    Parameter {
        key: "seed",
        name: "seed",
        range: Range::Any,
        number: Number::Whole(|run| run.seed, |run, seed| run.seed = seed),
    },
    Parameter {
        key: "steps",
        name: "steps",
        range: Range::Within(1.0, MAX_STEPS as f32),
        number: Number::Whole(|run| run.steps, |run, steps| run.steps = steps),
    },
    Parameter {
        key: "lr",
        name: "learning rate",
        range: Range::Positive(MAX_RATE),
        number: Number::Real(|run| run.schedule.start, |run, rate| run.schedule.start = rate),
    },
    Parameter {
        key: "lr",
        name: "final learning rate",
        range: Range::Within(0.0, MAX_RATE),
        number: Number::Real(|run| run.schedule.end, |run, rate| run.schedule.end = rate),
    },
    Parameter {
        key: "decay",
        name: "decay",
        range: Range::Positive(1.0),
        number: Number::Real(|run| run.decay, |run, decay| run.decay = decay),
    },
    Parameter {
        key: "clip",
        name: "clip",
        range: Range::Positive(MAX_DEVIATIONS),
        number: Number::Optional(|run| run.bound, |run, bound| run.bound = bound),
    },
    Parameter {
        key: "epsilon1",
        name: "epsilon1",
        range: Range::Within(0.0, MAX_EPSILON),
        number: Number::Real(|run| run.epsilon1, |run, epsilon| run.epsilon1 = epsilon),
    },
    Parameter {
        key: "epsilon3",
        name: "epsilon3",
        range: Range::Within(0.0, MAX_EPSILON),
        number: Number::Real(|run| run.epsilon3, |run, epsilon| run.epsilon3 = epsilon),
    },
    Parameter {
        key: "jitter",
        name: "jitter",
        range: Range::Within(0.0, MAX_JITTER as f32),
        number: Number::Whole(|run| run.jitter, |run, pixels| run.jitter = pixels),
    },
    Parameter {
        key: "rescale",
        name: "rescale",
        range: Range::Within(0.0, MAX_RESCALE),
        number: Number::Real(|run| run.rescale, |run, share| run.rescale = share),
    },
];

/// In place of a number that may be left off.
const OFF: &str = "off";

/// A number of a run.
#[derive(Debug)]
pub struct Parameter {
    /// Its key in an address and its option on the command line. Where several have the same, their numbers stand there with
    /// commas between them.
    pub key: &'static str,
    /// Its name in sentences, which no other has.
    pub name: &'static str,
    /// Which values it may have.
    pub range: Range,
    number: Number,
}

/// Where a number stands in a run: how it is got, and how it is put there.
#[derive(Debug)]
enum Number {
    Whole(fn(&RunSpec) -> u32, fn(&mut RunSpec, u32)),
    Real(fn(&RunSpec) -> f32, fn(&mut RunSpec, f32)),
    /// Where there is none, it is [`OFF`].
    Optional(fn(&RunSpec) -> Option<f32>, fn(&mut RunSpec, Option<f32>)),
}

impl Parameter {
    /// Reads a text into a run, whether it is in the range or not; `off` too, where there need be no number.
    ///
    /// # Errors
    /// [`SpecError::NotANumber`].
    pub fn read(&self, run: &mut RunSpec, text: &str) -> Result<(), SpecError> {
        match self.number {
            Number::Optional(_, put) if text == OFF => put(run, None),
            _ => return self.read_number(run, text),
        }
        Ok(())
    }

    /// Reads a number into a run, whether it is in the range or not.
    ///
    /// # Errors
    /// [`SpecError::NotANumber`].
    pub fn read_number(&self, run: &mut RunSpec, text: &str) -> Result<(), SpecError> {
        match self.number {
            Number::Whole(_, put) => put(run, number(self.name, text)?),
            Number::Real(_, put) => put(run, number(self.name, text)?),
            Number::Optional(_, put) => put(run, Some(number(self.name, text)?)),
        }
        Ok(())
    }

    /// Writes a run's number, so that it is read again as it is.
    pub fn write(&self, run: &RunSpec) -> String {
        match self.number {
            Number::Whole(get, _) => get(run).to_string(),
            Number::Real(get, _) => get(run).to_string(),
            Number::Optional(get, _) => get(run).map_or(OFF.to_owned(), |number| number.to_string()),
        }
    }

    /// Whether a run has no such number.
    pub fn is_off(&self, run: &RunSpec) -> bool {
        matches!(self.number, Number::Optional(get, _) if get(run).is_none())
    }

    /// Checks that a run's number is in the range.
    ///
    /// # Errors
    /// [`SpecError::Range`].
    pub fn check(&self, run: &RunSpec) -> Result<(), SpecError> {
        match self.number {
            Number::Whole(get, _) => self.range.check(self.name, get(run) as f32, &get(run)),
            Number::Real(get, _) => self.range.check(self.name, get(run), &get(run)),
            Number::Optional(get, _) => get(run).map_or(Ok(()), |number| self.range.check(self.name, number, &number)),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), SpecError> {
        match self.number {
            Number::Optional(..) if text == OFF => Ok(()),
            Number::Whole(..) => number::<u32>(self.name, text).map(drop),
            _ => number::<f32>(self.name, text).map(drop),
        }
    }
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The keys of the table, each once, in their order.
pub fn keys() -> impl Iterator<Item = &'static str> {
    PARAMETERS.chunk_by(|a, b| a.key == b.key).filter_map(|same| same.first()).map(|parameter| parameter.key)
}

/// Reads what stands under a key into a run. Of several numbers, those left out at the end are 0.
///
/// # Errors
/// [`SpecError::NotANumber`]; [`SpecError::DecimalComma`] where a comma was understood as one between two numbers, and the
/// first of them is out of its range.
pub fn read(run: &mut RunSpec, key: &str, text: &str) -> Result<(), SpecError> {
    for (parameter, part) in parts(key, text) {
        parameter.read(run, part)?;
    }
    let several = of(key).count() > 1;
    match (decimal_comma(text), of(key).next().map(|first| first.check(run))) {
        (Some((whole, rest)), Some(Err(problem))) if several => {
            Err(SpecError::DecimalComma { problem: problem.into(), whole: whole.to_owned(), rest: rest.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Writes what stands under a key.
pub fn write(run: &RunSpec, key: &str) -> String {
    of(key).map(|parameter| parameter.write(run)).collect::<Vec<_>>().join(",")
}

/// Checks that a text can be [read](read()) under a key, without a run.
///
/// # Errors
/// [`SpecError::NotANumber`].
pub fn check_text(key: &str, text: &str) -> Result<(), SpecError> {
    parts(key, text).try_for_each(|(parameter, part)| parameter.check_text(part))
}

/// The two halves of a text that may be meant as one decimal, as in many languages: `0,3`.
pub fn decimal_comma(text: &str) -> Option<(&str, &str)> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim().split_once(',').filter(|(whole, rest)| digits(whole) && digits(rest))
}

/// The parameters of a key.
fn of(key: &str) -> impl Iterator<Item = &'static Parameter> {
    PARAMETERS.iter().filter(move |parameter| parameter.key == key)
}

/// The parameters of a key, each with its part of a text.
fn parts<'a>(key: &'a str, text: &'a str) -> impl Iterator<Item = (&'static Parameter, &'a str)> {
    let mut parts = text.splitn(of(key).count(), ',');
    of(key).map(move |parameter| (parameter, parts.next().unwrap_or("0")))
}

/// Which values a number may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// All that can be written.
    Any,
    /// From the first to the second, both included.
    Within(f32, f32),
    /// Above 0, up to this one.
    Positive(f32),
}

impl Range {
    /// Checks a value, which stands in the sentence as it is shown; NaN is in no range.
    pub(super) fn check(self, name: &'static str, value: f32, shown: &dyn fmt::Display) -> Result<(), SpecError> {
        let (holds, low, high) = match self {
            Self::Any => return Ok(()),
            Self::Within(low, high) => (value >= low && value <= high, low.to_string(), high),
            Self::Positive(high) => (value > 0.0 && value <= high, "just above 0".to_owned(), high),
        };
        if holds {
            return Ok(());
        }
        Err(SpecError::Range { name, value: shown.to_string(), low, high: high.to_string() })
    }
}

/// Checks that a value is from `low` to `high`.
pub(super) fn within(name: &'static str, value: f32, low: f32, high: f32) -> Result<(), SpecError> {
    Range::Within(low, high).check(name, value, &value)
}

/// Reads a number.
///
/// # Errors
/// [`SpecError::NotANumber`].
pub fn number<T: FromStr>(name: &'static str, text: &str) -> Result<T, SpecError> {
    text.trim().parse().map_err(|_| SpecError::NotANumber { name, value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_refuse_nan() {
        for range in [Range::Within(0.0, 1.0), Range::Positive(1.0)] {
            assert!(range.check("x", f32::NAN, &"NaN").is_err());
            assert!(range.check("x", 1.0, &1).is_ok());
        }
        assert!(Range::Positive(1.0).check("x", 0.0, &0).is_err());
        assert!(Range::Within(0.0, 1.0).check("x", 0.0, &0).is_ok());
    }

    #[test]
    fn names_are_unique_and_those_of_a_key_stand_together() {
        let names: std::collections::BTreeSet<_> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        let once: std::collections::BTreeSet<_> = keys().collect();
        assert_eq!((names.len(), once.len()), (PARAMETERS.len(), keys().count()));
    }

    #[test]
    fn a_text_is_checked_as_it_would_be_read() {
        for text in ["0.3", "1,5", "0.3,0", "0,3"] {
            assert_eq!(check_text("lr", text), Ok(()), "{text}");
        }
        for (key, text) in
            [("lr", "fast"), ("lr", "1,2,3"), ("lr", "1,"), ("steps", "1.5"), ("decay", "off"), ("clip", "on")]
        {
            assert!(matches!(check_text(key, text), Err(SpecError::NotANumber { .. })), "{key}={text}");
        }
        assert_eq!(check_text("clip", "off"), Ok(()));
    }

    #[test]
    fn only_digits_around_one_comma_may_be_meant_as_a_decimal() {
        assert_eq!(decimal_comma("0,03"), Some(("0", "03")));
        for text in ["0.3", "0.3,0", ",5", "5,", "1,2,3", "a,b", "٠,٣", ""] {
            assert_eq!(decimal_comma(text), None, "{text}");
        }
    }
}
