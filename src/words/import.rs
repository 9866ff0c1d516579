use super::{
    and_more, caffe, damage, listed, nets, or_none,
    say::{importing as say, joints},
};
use crate::{
    import::{Flaw, Form, ImportError, MAX_FILE_BYTES, Unknown},
    pack::newcomer::ContentError,
};

/// Results that are named at most, where there are more.
const MOST_NAMED: usize = 12;

/// The file cannot be read any more.
pub fn file_gone() -> &'static str {
    say::file_gone()
}

/// How a person says what a file leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// In options of a command.
    InOptions,
    /// In fields beside what is said.
    InFields,
}

impl Asked {
    fn size(self) -> &'static str {
        match self {
            Self::InOptions => say::size_in_options(),
            Self::InFields => say::size_in_fields(),
        }
    }

    fn output(self) -> &'static str {
        match self {
            Self::InOptions => say::output_in_options(),
            Self::InFields => say::output_in_fields(),
        }
    }
}

/// Why a list of names is not one of a network's outputs; how many it names, where it is one.
pub fn names(found: Option<usize>, wanted: usize) -> String {
    match found {
        Some(found) => say::names_misfit(&found, &wanted),
        None => say::names_unreadable().into(),
    }
}

/// A class of a list whose name is none.
pub fn no_name(place: usize) -> String {
    say::no_name(&place)
}

/// A network whose description is larger than any that is read.
pub fn too_much_to_say() -> &'static str {
    say::too_much_to_say()
}

/// Why no classifier can be made of a network's arrays.
pub fn unusable_weights(error: &ContentError) -> String {
    say::unusable_weights(&content(error))
}

/// Why arrays cannot be used, for the end of a sentence.
pub fn content(error: &ContentError) -> String {
    match error {
        ContentError::Library { said } => said.clone(),
        ContentError::Kind { name } => say::content_kind(name),
        ContentError::NoBatchNorm { name } => say::content_no_norm(name),
        ContentError::Missing { name } => say::content_missing(name),
        ContentError::Channels { norm, name, channels } => say::content_channels(norm, name, channels),
        ContentError::NoLayer { name } => say::content_no_layer(name),
        ContentError::NotNumbers { name } => say::content_not_numbers(name),
        ContentError::Large { name } => say::content_large(name),
    }
}

/// Why a file cannot be used as a network, for somebody who can say more of it.
pub fn import(error: &ImportError, asked: Asked) -> String {
    match error {
        ImportError::Large { found } => say::large(&found.div_ceil(1_000_000), &(MAX_FILE_BYTES / 1_000_000)),
        ImportError::Damaged(damage) => say::damaged(&damage::damage(damage)),
        ImportError::Opset { found } => say::opset(found),
        ImportError::External { array } => say::external(array),
        ImportError::Array { name, flaw } => say::array(name, &self::flaw(flaw)),
        ImportError::Inputs(found) => {
            let input = |(name, sides): &(String, Vec<i64>)| {
                let sides = sides.iter().map(|side| if *side == 0 { "?".into() } else { side.to_string() });
                say::input(name, &sides.collect::<Vec<_>>().join(", "))
            };
            let found: Vec<String> = found.iter().take(MOST_NAMED).map(input).collect();
            say::inputs(&or_none(listed(&found)))
        }
        ImportError::Size => say::any_size(&asked.size()),
        ImportError::Fixed { side } => say::fixed_size(side),
        ImportError::Outputs(names) if names.is_empty() => say::no_outputs().into(),
        ImportError::Outputs(names) => {
            let names: Vec<String> = names.iter().take(MOST_NAMED).map(|name| joints::quoted(name)).collect();
            say::outputs(&listed(&names), &asked.output())
        }
        ImportError::NoOutput { name } => say::no_output(name),
        ImportError::NoFeatures { name, shape: [channels, height, width] } => {
            say::no_features(name, channels, height, width, &asked.output())
        }
        ImportError::Unknown { operations, usable } => {
            let unknown: Vec<String> = operations.iter().take(MOST_NAMED).map(self::unknown).collect();
            let said =
                say::unknown_operations(&and_more(listed(&unknown), operations.len().saturating_sub(MOST_NAMED)));
            match usable.last() {
                Some(last) if asked == Asked::InOptions => joints::sentences(&said, &say::usable_in_options(last)),
                Some(_) => joints::sentences(&said, &say::usable_in_fields()),
                None => said,
            }
        }
        ImportError::StateDict(error) => super::state_dict::state_dict(error),
        ImportError::Graph(error) => say::no_network(&nets::graph(error)),
        ImportError::Caffe(error) => caffe::caffe(error),
    }
}

fn flaw(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Negative => say::array_negative().into(),
        Flaw::Large => say::array_large().into(),
        Flaw::Kind(kind) => say::array_kind(kind),
        Flaw::Values { found, wanted } => say::array_values(found, wanted),
        Flaw::NotNumbers => say::array_not_numbers().into(),
    }
}

fn unknown(Unknown { node, operation, form }: &Unknown) -> String {
    let why = match form {
        Form::Operation => return say::operation(operation, node),
        Form::Domain(domain) => say::form_domain(domain),
        Form::Attribute(name) => say::form_attribute(name),
        Form::NotConstant(what) => say::form_not_constant(what),
        Form::OnConstants => say::form_on_constants().into(),
        Form::Image => say::form_image().into(),
        Form::Reads => say::form_reads().into(),
        Form::Order => say::form_order().into(),
        Form::Rank => say::form_rank().into(),
        Form::Channels => say::form_channels().into(),
        Form::Padding => say::form_padding().into(),
        Form::Sizes => say::form_sizes().into(),
        Form::Batch => say::form_batch().into(),
        Form::NotFinite => say::form_not_finite().into(),
        Form::Misfit(misfit) => say::form_misfit(&nets::misfit(misfit)),
    };
    say::operation_because(operation, node, &why)
}
