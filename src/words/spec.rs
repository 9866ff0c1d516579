use super::{alternatives, listed, say::spec as say};
use crate::spec::{Known, MAX_UNITS, SpecError};

/// Why a run cannot be what was asked for, and what would be right.
pub fn spec(error: &SpecError) -> String {
    match error {
        SpecError::Range { name, value, low, high } => say::range(&number(name), value, low, high),
        SpecError::NotANumber { name, value } => say::not_a_number(&number(name), value),
        SpecError::DecimalComma { problem, whole, rest } => say::decimal_comma(&spec(problem), whole, rest),
        SpecError::Choice { name, value, choices } => say::choice(name, value, choices),
        SpecError::Repeated { name } => say::repeated(name),
        SpecError::UnitCount { found } => say::unit_count(&MAX_UNITS, found),
        SpecError::ZeroWeight { unit } => say::zero_weight(unit),
        SpecError::UnitSyntax { text } => say::unit_syntax(text),
        SpecError::OtherPack { wanted, have } => say::other_pack(wanted, have),
        SpecError::PackName { name } => say::pack_name(name),
        SpecError::ImageName { name } => say::image_name(name),
        SpecError::UnknownClassifier { name, have } => say::unknown_classifier(name, &listed(have)),
        SpecError::UnknownLayer { name, classifier, have } => say::unknown_layer(name, classifier, &listed(have)),
        SpecError::Seeds { found } => say::seeds(found),
        SpecError::Compare => say::compare().into(),
        SpecError::NoCode => say::no_code().into(),
        SpecError::JitterOfPixels => say::jitter_of_pixels().into(),
        SpecError::NoMean => say::no_mean().into(),
        SpecError::NoNatural { pack } => say::no_natural(pack),
        SpecError::NoMeanImage => say::no_mean_image().into(),
        SpecError::UnknownUnit { unit, layer, known } => {
            let help = match known {
                Known::Numbers(units) => say::unit_numbers(&units.saturating_sub(1)),
                Known::Nameless(units) => say::unit_nameless(&units.saturating_sub(1)),
                Known::Names(names) if names.is_empty() => say::unit_of_no_name().into(),
                Known::Names(names) => say::unit_meant(&alternatives(names)),
            };
            say::unknown_unit(unit, layer, &help)
        }
        SpecError::AmbiguousUnit { unit, matches } => say::ambiguous_unit(unit, &alternatives(matches)),
        SpecError::Position { unit, map: Some([height, width]) } => {
            say::position_outside(unit, &height.saturating_sub(1), &width.saturating_sub(1))
        }
        SpecError::Position { unit, map: None } => say::no_positions(unit),
    }
}

/// A number of a run by name: as in addresses, save those that have one key for two.
fn number(name: &str) -> &str {
    match name {
        "learning rate" => say::first_rate(),
        "final learning rate" => say::last_rate(),
        _ => name,
    }
}
