//! The numbers of a run as options: one for each key of the spec's table.

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

use super::words;
use crate::spec::{RunSpec, SpecError, parameter};

/// What stands after each option, and what its number is; by the keys.
const HELP: [(&str, &str, &str); 9] = [
    ("seed", "N", "Seed of the run, 0 where not given"),
    ("steps", "T", "Steps of each run; here as below, the pack's default where not given"),
    ("lr", "START[,END]", "Learning rate of the first step, falling linearly to END, which is 0 where not given"),
    ("decay", "FACTOR", "Factor on the code after each step"),
    ("clip", "DEVIATIONS", "Bound of the code in standard deviations above its mean, or \"off\""),
    ("epsilon1", "EPSILON", "PPGN's ε1: weight of the pull towards the code of the run's own picture"),
    ("epsilon3", "EPSILON", "PPGN's ε3: standard deviation of the noise added to the gradient"),
    (
        "jitter",
        "PIXELS",
        "Pixels by which the generator's picture is moved at most, anew in every step, before the networks see it",
    ),
    ("rescale", "SHARE", "Share by which the networks see that picture larger or smaller at most, anew in every step"),
];

/// The numbers given, as text that can be read.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers(Vec<(&'static str, String)>);

impl Numbers {
    /// Puts them into a run.
    pub(super) fn put(&self, run: &mut RunSpec) -> Result<(), SpecError> {
        self.0.iter().try_for_each(|(key, text)| parameter::read(run, key, text))
    }

    /// Says how a comma was understood, where it may have been meant for a decimal's.
    pub(super) fn say_commas(&self) {
        for (key, text) in &self.0 {
            if let Some((whole, rest)) = parameter::decimal_comma(text) {
                eprintln!(
                    "--{key} {text} goes from {whole} to {rest}; a decimal is written with a point: {whole}.{rest}"
                );
            }
        }
    }
}

impl Args for Numbers {
    fn augment_args(command: Command) -> Command {
        let option = |command: Command, (key, value, help): (&'static str, &'static str, &'static str)| {
            let read = move |text: &str| {
                parameter::check_text(key, text).map(|()| text.to_owned()).map_err(|error| words::spec(&error))
            };
            command.arg(Arg::new(key).long(key).value_name(value).help(help).value_parser(read))
        };
        HELP.into_iter().fold(command, option)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Numbers {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |key: &'static str| matches.get_one::<String>(key).map(|text| (key, text.clone()));
        Ok(Self(parameter::keys().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_run_is_an_option_with_its_help() {
        assert!(HELP.iter().map(|(key, ..)| *key).eq(parameter::keys()));
    }
}
