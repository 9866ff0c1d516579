//! What a run is set beside.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Prior, RunSpec, Schedule, SpecError, Start, Unit, parameter::number};

/// What a run with the generator is compared with, for the same seed and number of steps.
///
/// As text: a [prior](Prior) on pixels as it is written elsewhere, `random-code`, or `classifier/NAME/UNIT`, with as many
/// `/UNIT` as the run has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Rival {
    /// The same units without the generator, with a prior on pixels or with none. Is it the neuron, or the generator?
    Prior(Prior),
    /// The generator's picture of a random code, which no neuron changes.
    RandomCode,
    /// Units of another classifier, climbed through the same generator.
    Classifier {
        /// Its name in the pack.
        name: String,
        /// Its units.
        units: Vec<Unit>,
    },
}

impl Rival {
    /// The run that stands beside `run`.
    pub(super) fn lane(&self, run: &RunSpec) -> RunSpec {
        let run = RunSpec { seeds: 1, compare: Vec::new(), ..run.clone() };
        match self {
            Self::Prior(prior) => {
                let (start, schedule, decay) = prior.run().unwrap_or((run.start, run.schedule, run.decay));
                let start = if run.start.is_image() { run.start } else { start };
                RunSpec { prior: prior.clone(), start, schedule, decay, ..run.plain() }
            }
            // A step of no length leaves a code where it is.
            Self::RandomCode => {
                let schedule = Schedule { start: 0.0, end: 0.0 };
                RunSpec { start: Start::Noise, schedule, decay: 1.0, bound: None, ..run.plain() }
            }
            Self::Classifier { name, units } => RunSpec { classifier: name.clone(), units: units.clone(), ..run },
        }
    }
}

impl FromStr for Rival {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        if text == "random-code" {
            return Ok(Self::RandomCode);
        }
        let Some(rest) = text.strip_prefix("classifier/") else {
            return text.parse().map(Self::Prior);
        };
        let (name, units) = rest.split_once('/').unwrap_or((rest, ""));
        let by_number = |_: &str, unit: &str| number("unit", unit);
        let units = units.split('/').map(|unit| Unit::parse(unit, by_number)).collect::<Result<_, _>>()?;
        Ok(Self::Classifier { name: name.to_owned(), units })
    }
}

impl fmt::Display for Rival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prior(prior) => prior.fmt(f),
            Self::RandomCode => f.write_str("random-code"),
            Self::Classifier { name, units } => {
                write!(f, "classifier/{name}")?;
                units.iter().try_for_each(|unit| write!(f, "/{unit}"))
            }
        }
    }
}

impl TryFrom<String> for Rival {
    /// What a reader of JSON says of it.
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|_| format!("invalid comparison `{text}`"))
    }
}

impl From<Rival> for String {
    fn from(rival: Rival) -> Self {
        rival.to_string()
    }
}

impl From<Prior> for Rival {
    fn from(prior: Prior) -> Self {
        Self::Prior(prior)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rivals_survive_the_way_through_text() {
        for text in
            ["none", "tv:2:1,jitter:9", "random-code", "classifier/resnet18/fc:1", "classifier/a/fc:1*-2/b.0:3@mean"]
        {
            assert_eq!(text.parse::<Rival>().unwrap().to_string(), text);
        }
        for text in ["", "random", "classifier/a", "classifier/a/", "classifier//x", "classifier/a/fc:goldfish"] {
            assert!(text.parse::<Rival>().is_err(), "{text}");
        }
    }
}
