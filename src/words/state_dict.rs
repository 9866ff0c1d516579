//! Why a state dict is no network that is known, as sentences.

use super::{
    and_more, listed, or_none,
    say::{joints, state_dict as say},
};
use crate::import::{Breakage, Family, StateDictError};

/// What somebody does in Python whose network is another.
const AS_ONNX: &str = "import torch\n\
    net.eval()\n\
    torch.onnx.export(net, (torch.zeros(1, 3, 224, 224),), \"network.onnx\", dynamo=True, external_data=False)";

/// Why a state dict cannot be used as a network.
pub(super) fn state_dict(error: &StateDictError) -> String {
    let said = match error {
        StateDictError::Broken(breakage) => return say::broken(&self::breakage(breakage)),
        StateDictError::Numbers { name, found } => return say::array_numbers(name, found),
        StateDictError::Large => return say::too_many_values().into(),
        StateDictError::Unknown { found, more } => {
            let found: Vec<String> = found.iter().map(|(name, sides)| say::named_array(name, &shape(sides))).collect();
            say::unknown_arrays(&and_more(or_none(listed(&found)), *more))
        }
        StateDictError::Missing { family, name } => say::missing_array(&named(*family), name),
        StateDictError::Superfluous { family, names, more } => {
            let names: Vec<String> = names.iter().map(|name| joints::quoted(name)).collect();
            say::superfluous_arrays(&named(*family), &and_more(listed(&names), *more))
        }
        StateDictError::Shape { family, name, found, wanted } => {
            say::array_shape(&named(*family), name, &shape(found), &shape(wanted))
        }
    };
    joints::sentences(&said, &say::as_onnx()) + "\n" + AS_ONNX
}

fn named(family: Family) -> &'static str {
    match family {
        Family::AlexNet => "AlexNet",
        Family::Vgg => "VGG",
        Family::ResNet => "ResNet",
        Family::MobileNetV2 => "MobileNetV2",
    }
}

/// Sides, where 0 may be anything.
fn shape(sides: &[usize]) -> String {
    let sides = sides.iter().map(|side| if *side == 0 { "?".into() } else { side.to_string() });
    format!("[{}]", sides.collect::<Vec<_>>().join(", "))
}

fn breakage(breakage: &Breakage) -> String {
    let said = match breakage {
        Breakage::Short => say::archive_short(),
        Breakage::Archive => say::archive_damaged(),
        Breakage::NoPickle => say::no_pickle(),
        Breakage::Compressed => say::compressed(),
        Breakage::BigEndian => say::big_endian(),
        Breakage::Instruction(code) => return say::instruction(&format_args!("{code:02x}")),
        Breakage::Pickle => say::pickle_damaged(),
        Breakage::Instructions => say::instructions(),
        Breakage::Storage => say::storage(),
        Breakage::Safetensors { said } => said.trim_end_matches('.'),
    };
    said.to_owned()
}
