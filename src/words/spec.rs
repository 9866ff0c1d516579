use crate::spec::{Known, MAX_UNITS, SpecError};

/// Why a run cannot be what was asked for, and what would be right.
pub fn spec(error: &SpecError) -> String {
    match error {
        SpecError::Range { name, value, low, high } => {
            format!("“{name}” is {value}, but has to lie between {low} and {high}.")
        }
        SpecError::NotANumber { name, value } => {
            format!("“{name}” is “{value}”, which is not a number that can be used here.")
        }
        SpecError::DecimalComma { problem, whole, rest } => format!(
            "{} “{whole},{rest}” goes from {whole} to {rest}; a decimal is written with a point: {whole}.{rest}.",
            spec(problem)
        ),
        SpecError::Choice { name, value, choices } => {
            format!("“{name}” is “{value}”, but has to be one of: {choices}.")
        }
        SpecError::Repeated { name } => format!("“{name}” is given more than once; give it once."),
        SpecError::UnitCount { found } => format!("A run climbs 1 to {MAX_UNITS} units, not {found}."),
        SpecError::ZeroWeight { unit } => {
            format!("The weight of unit {unit} is 0, so it would not count; leave it out, or give another weight.")
        }
        SpecError::UnitSyntax { text } => {
            format!("“{text}” does not name a unit; write LAYER:UNIT, as in fc:1 or layer4.1:12@mean.")
        }
        SpecError::OtherPack { wanted, have } => {
            format!("This run needs the model pack “{wanted}”, but the one loaded is “{have}”.")
        }
        SpecError::PackName { name } => {
            format!("“{name}” is not a pack's name; those are made of a to z, 0 to 9, “-” and “_”.")
        }
        SpecError::ImageName { name } => {
            format!("“{name}” is not an image's name; those are made of a to z, 0 to 9, “-” and “_”.")
        }
        SpecError::UnknownClassifier { name, have } => {
            format!("There is no classifier “{name}” in this pack; it has: {}.", have.join(", "))
        }
        SpecError::UnknownLayer { name, classifier, have } => {
            format!("There is no layer “{name}” in classifier “{classifier}”; it has: {}.", have.join(", "))
        }
        SpecError::Seeds { found } => format!("{found} seeds cannot be run side by side; 1, 4 or 9 can."),
        SpecError::Compare => {
            "Only a run of one seed with the generator can be compared, and with up to three others: without the generator \
             (none, blur, alpha, tv, jitter, patches, centre), random-code, or classifier/NAME/UNIT."
                .into()
        }
        SpecError::NoCode => {
            "Without a generator there is no code, so epsilon1, which pulls the code, has to be 0.".into()
        }
        SpecError::JitterOfPixels => {
            "Without a generator, jitter is one of the priors, for instance prior=tv,jitter; jitter and rescale by themselves \
             have to be 0."
                .into()
        }
        SpecError::NoMean => {
            "Without a generator there is no mean code to start from. Start from noise or zeros.".into()
        }
        SpecError::NoNatural { pack } => format!(
            "The pack “{pack}” has no natural patches and no mean images. Choose another prior, and start from noise, zeros \
             or an image; or choose another pack."
        ),
        SpecError::NoMeanImage => {
            "There are mean images of classes only. Start from something else, or choose a unit of the output layer."
                .into()
        }
        SpecError::UnknownUnit { unit, layer, known } => {
            let help = match known {
                Known::Numbers(units) => format!("its units are 0 to {}", units.saturating_sub(1)),
                Known::Nameless(units) => format!("give a number, 0 to {}", units.saturating_sub(1)),
                Known::Names(names) if names.is_empty() => "no class has that name or id".into(),
                Known::Names(names) => format!("did you mean {}?", names.join("; ")),
            };
            format!("There is no unit “{unit}” in layer “{layer}”: {help}.")
        }
        SpecError::AmbiguousUnit { unit, matches } => {
            format!("“{unit}” could be any of these: {}. Write the whole name or the id.", matches.join("; "))
        }
        SpecError::Position { unit, map: Some([height, width]) } => format!(
            "Unit {unit} has no such position: its feature map has rows 0 to {} and columns 0 to {}.",
            height.saturating_sub(1),
            width.saturating_sub(1)
        ),
        SpecError::Position { unit, map: None } => {
            format!("Unit {unit} has no such position: units of this layer have no position.")
        }
    }
}
