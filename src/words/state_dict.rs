//! Why a state dict is no network that is known, as sentences.

use crate::import::{Breakage, Family, StateDictError};

/// What somebody can do whose network is another.
const AS_ONNX: &str = "A network of any other kind is read from an ONNX file, which has its operations too. In Python, with \
    your network as “net” and images of 224 pixels:\n\
    import torch\n\
    net.eval()\n\
    torch.onnx.export(net, (torch.zeros(1, 3, 224, 224),), \"network.onnx\", dynamo=True, external_data=False)";

/// Why a state dict cannot be used as a network.
pub(super) fn state_dict(error: &StateDictError) -> String {
    match error {
        StateDictError::Broken(breakage) => format!(
            "This checkpoint cannot be read: {}. Save the state dict again (in PyTorch torch.save(net.state_dict(), \
             \"network.pth\")), or copy the file as a whole.",
            self::breakage(breakage)
        ),
        StateDictError::Unknown { found, more } => {
            let found: Vec<String> = found.iter().map(|(name, sides)| format!("“{name}” {}", shape(sides))).collect();
            let has = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
            format!(
                "The file holds arrays without operations, and these belong to none of the networks that are known by the names \
                 of their arrays: torchvision's ResNet, AlexNet, VGG and MobileNetV2. Its arrays: {has}{}. {AS_ONNX}",
                and_more(*more)
            )
        }
        StateDictError::Missing { family, name } => {
            format!(
                "The arrays are nearly those of torchvision's {}, but “{name}” is missing. {AS_ONNX}",
                named(*family)
            )
        }
        StateDictError::Superfluous { family, names, more } => {
            let names: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
            format!(
                "The arrays are nearly those of torchvision's {}, which has no place for {}{}. {AS_ONNX}",
                named(*family),
                names.join(", "),
                and_more(*more)
            )
        }
        StateDictError::Shape { family, name, found, wanted } => format!(
            "The arrays are nearly those of torchvision's {}, but “{name}” is {} and should be {}. {AS_ONNX}",
            named(*family),
            shape(found),
            shape(wanted)
        ),
        StateDictError::Numbers { name, found } => format!(
            "The numbers of the array “{name}” are of the kind {found}; floats of 16, 32 or 64 bits are read. Save the \
             network after net.float()."
        ),
        StateDictError::Large => "The file has more values than any network that can be used here.".into(),
    }
}

fn named(family: Family) -> &'static str {
    match family {
        Family::AlexNet => "AlexNet",
        Family::Vgg => "VGG",
        Family::ResNet => "ResNet",
        Family::MobileNetV2 => "MobileNetV2",
    }
}

fn and_more(more: usize) -> String {
    if more > 0 { format!(", and {more} more") } else { String::new() }
}

/// Sides, where 0 may be anything.
fn shape(sides: &[usize]) -> String {
    let sides = sides.iter().map(|side| if *side == 0 { "?".into() } else { side.to_string() });
    format!("[{}]", sides.collect::<Vec<_>>().join(", "))
}

fn breakage(breakage: &Breakage) -> String {
    match breakage {
        Breakage::Short => "it is cut short".into(),
        Breakage::Archive => "its archive is damaged".into(),
        Breakage::NoPickle => "it holds no state dict as PyTorch 0.4 and later save them".into(),
        Breakage::Compressed => "its archive was packed again, and compressed".into(),
        Breakage::BigEndian => "it does not say that its numbers have their lowest byte first".into(),
        Breakage::Instruction(code) => format!("its pickle has an instruction that is not known (0x{code:02x})"),
        Breakage::Pickle => "its pickle is damaged".into(),
        Breakage::Instructions => "it has more parts than any checkpoint of a network".into(),
        Breakage::Storage => "an array is not where it should be".into(),
        Breakage::Safetensors { said } => said.trim_end_matches('.').to_owned(),
    }
}
