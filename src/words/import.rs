use super::{caffe, damage, nets};
use crate::{
    import::{Flaw, Form, ImportError, MAX_FILE_BYTES, Unknown},
    pack::newcomer::ContentError,
};

/// Results that are named at most, where there are more.
const MOST_NAMED: usize = 12;

/// The file cannot be read any more.
pub const FILE_GONE: &str =
    "The file cannot be read. It may have been moved or changed since it was chosen; choose it again.";

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
            Self::InOptions => "with --input-size, for example 224",
            Self::InFields => "below, for example 224",
        }
    }

    fn output(self) -> &'static str {
        match self {
            Self::InOptions => "with --output",
            Self::InFields => "below",
        }
    }
}

/// Why a list of names is not one of a network's outputs; how many it names, where it is one.
pub fn names(found: Option<usize>, wanted: usize) -> String {
    match found {
        Some(found) => format!("The list names {found} classes, and the network has {wanted} outputs."),
        None => "The list is neither lines of text nor a JSON list of names.".into(),
    }
}

/// A class of a list whose name is none.
pub fn no_name(place: usize) -> String {
    format!(
        "The name of class {place} is empty, longer than 256 bytes, or no text. Mend the list, or choose other names."
    )
}

/// A network whose description is larger than any that is read.
pub const TOO_MUCH_TO_SAY: &str = "The network’s operations and the names of its classes are more than a pack can hold. \
     Choose shorter names.";

/// Why no classifier can be made of a network's arrays.
pub fn unusable_weights(error: &ContentError) -> String {
    format!("The weights cannot be used: {}.", content(error))
}

/// Why arrays cannot be used, for the end of a sentence.
pub fn content(error: &ContentError) -> String {
    match error {
        ContentError::Library { said } => said.clone(),
        ContentError::Kind { name } => format!("“{name}” is not of type F32"),
        ContentError::NoBatchNorm { name } => format!("“{name}” has no batch normalisation"),
        ContentError::Missing { name } => format!("there is no “{name}”"),
        ContentError::Channels { norm, name, channels } => {
            format!("“{norm}” does not have the {channels} channels of “{name}”")
        }
        ContentError::NoLayer { name } => format!("there is no layer “{name}”, which is to be kept in 6 bits"),
        ContentError::NotNumbers { name } => format!("“{name}” holds values that are not numbers"),
        ContentError::Large { name } => format!("“{name}” holds values that 16 bits cannot"),
    }
}

/// Why a file cannot be used as a network, for somebody who can say more of it.
pub fn import(error: &ImportError, asked: Asked) -> String {
    match error {
        ImportError::Large { found } => format!(
            "The file has {} MB; networks of up to {} MB are read.",
            found.div_ceil(1_000_000),
            MAX_FILE_BYTES / 1_000_000
        ),
        ImportError::Damaged(damage) => format!(
            "This is no ONNX file, or it is damaged: {}. Export the network again, or copy the file as a whole.",
            damage::damage(damage)
        ),
        ImportError::Opset { found } => format!(
            "The file has version {found} of ONNX's operators, which is not known here. Export the network with version 11 to 21 \
             (in PyTorch: opset_version=18)."
        ),
        ImportError::External { array } => format!(
            "The weights, “{array}” among them, lie in another file. Save the network as one file: in PyTorch export it with \
             external_data=False, or in Python onnx.save(onnx.load(\"network.onnx\"), \"whole.onnx\")."
        ),
        ImportError::Array { name, flaw } => {
            format!("The array “{name}” of the file cannot be read: {}. Export the network again.", self::flaw(flaw))
        }
        ImportError::Inputs(found) => {
            let input = |(name, sides): &(String, Vec<i64>)| {
                let sides = sides.iter().map(|side| if *side == 0 { "?".into() } else { side.to_string() });
                format!("“{name}” [{}]", sides.collect::<Vec<_>>().join(", "))
            };
            let found: Vec<String> = found.iter().take(MOST_NAMED).map(input).collect();
            let has = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
            format!(
                "A network is needed that reads one RGB image at a time as numbers, [1, 3, height, width] or \
                 [1, height, width, 3]. The inputs of this one: {has}."
            )
        }
        ImportError::Size => {
            format!("The network reads images of any size. Say which it was trained on {}.", asked.size())
        }
        ImportError::Fixed { side } => {
            format!("The network reads images of {side} pixels, and no others: leave --input-size out.")
        }
        ImportError::Outputs(names) if names.is_empty() => "The network has no output.".into(),
        ImportError::Outputs(names) => {
            format!("The network has several outputs: {}. Choose one {}.", named(names), asked.output())
        }
        ImportError::NoOutput { name } => format!("The network has no result “{name}” that depends on its image."),
        ImportError::NoFeatures { name, shape: [channels, height, width] } => format!(
            "The output “{name}” is a map of {channels} × {height} × {width} that cannot be climbed. Choose another result {}.",
            asked.output()
        ),
        ImportError::Unknown { operations, usable } => {
            let unknown: Vec<String> = operations.iter().take(MOST_NAMED).map(self::unknown).collect();
            let more = operations.len().saturating_sub(MOST_NAMED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let rest = match usable.last() {
                Some(last) if asked == Asked::InOptions => format!(
                    " The network up to there can be used: name a result before them as --output, for example “{last}”."
                ),
                Some(_) => " The network up to there can be used: choose one of its results below.".into(),
                None => String::new(),
            };
            format!("The output needs operations that are not known here: {}{more}.{rest}", unknown.join(", "))
        }
        ImportError::StateDict(error) => super::state_dict::state_dict(error),
        ImportError::Graph(error) => format!("No network can be made of the file: {}.", nets::graph(error)),
        ImportError::Caffe(error) => caffe::caffe(error),
    }
}

fn named(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("“{name}”")).collect();
    quoted.join(", ")
}

fn flaw(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Negative => "a side is below 0".into(),
        Flaw::Large => "it is larger than any network's".into(),
        Flaw::Kind(kind) => format!("its numbers are of a kind that is not known (type {kind} of ONNX)"),
        Flaw::Values { found, wanted } => format!("it has {found} values, and its sides make {wanted}"),
        Flaw::NotNumbers => "it has values that are infinite or not numbers".into(),
    }
}

fn unknown(Unknown { node, operation, form }: &Unknown) -> String {
    let why = match form {
        Form::Operation => String::new(),
        Form::Domain(domain) => format!(", of the set “{domain}”"),
        Form::Attribute(name) => format!(", with {name} as it has it"),
        Form::NotConstant(what) => format!(", with {what} that are no constants"),
        Form::OnConstants => ", on constants".into(),
        Form::Image => ", by what depends on the image".into(),
        Form::Reads => ", which reads what is not there".into(),
        Form::Order => ", along sides in another order than channels, rows and columns".into(),
        Form::Rank => ", with weights that are not over rows and columns".into(),
        Form::Channels => ", with numbers for other channels".into(),
        Form::Padding => ", with padding of that kind".into(),
        Form::Sizes => ", of maps of different sizes".into(),
        Form::Batch => ", over several images".into(),
        Form::NotFinite => ", with numbers that are infinite or none".into(),
        Form::Misfit(misfit) => format!(", where {}", nets::misfit(misfit)),
    };
    format!("{operation} (node “{node}”{why})")
}
