use super::{caffe, damage, nets};
use crate::import::{Flaw, Form, ImportError, MAX_FILE_BYTES, Unknown};

/// Results that are named at most, where there are more.
const MOST_NAMED: usize = 12;

/// Why a file cannot be used as a network.
pub fn import(error: &ImportError) -> String {
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
            "The network reads images of any size. Say which it was trained on with --input-size, for example 224."
                .into()
        }
        ImportError::Fixed { side } => {
            format!("The network reads images of {side} pixels, and no others: leave --input-size out.")
        }
        ImportError::Outputs(names) if names.is_empty() => "The network has no output.".into(),
        ImportError::Outputs(names) => {
            format!("The network has several outputs: {}. Choose one with --output.", named(names))
        }
        ImportError::NoOutput { name } => format!("The network has no result “{name}” that depends on its image."),
        ImportError::NoFeatures { name, shape: [channels, height, width] } => format!(
            "The output “{name}” is a map of {channels} × {height} × {width}; needed is a row of numbers, one for each class. \
             Choose another result with --output."
        ),
        ImportError::Unknown { operations, usable } => {
            let unknown: Vec<String> = operations.iter().take(MOST_NAMED).map(self::unknown).collect();
            let more = operations.len().saturating_sub(MOST_NAMED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let rest = match usable.last() {
                Some(last) => format!(
                    " The network up to there can be used: name a result before them as --output, for example “{last}”."
                ),
                None => String::new(),
            };
            format!("The output needs operations that are not known here: {}{more}.{rest}", unknown.join(", "))
        }
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
