use super::damage;
use crate::import::{CaffeError, TextFlaw};

/// Why files of Caffe's make no network.
pub(super) fn caffe(error: &CaffeError) -> String {
    match error {
        CaffeError::Weights(damage) => format!(
            "This is no file of Caffe's weights or of a mean image, or it is damaged: {}. Copy the file as a whole; of a network, \
             its text form goes with --prototxt.",
            damage::damage(damage)
        ),
        CaffeError::Definition { line, flaw } => {
            let why = match flaw {
                TextFlaw::Letter => "there is a letter that cannot stand there",
                TextFlaw::End => "the file ends before the field does",
                TextFlaw::Deep => "its parts lie deeper within one another than those of any network",
                TextFlaw::Long => "it is longer than that of any network",
            };
            format!("The definition is no prototxt: in line {line} {why}.")
        }
        CaffeError::NoLayers => {
            "The definition has no layers, or has them in the form of 2013 (a layer within each of its \
             layers), which is not read. Caffe's own tool upgrade_net_proto_text brings it to the form of today."
                .into()
        }
        CaffeError::Layers { found } => format!("The definition has {found} layers, more than any network."),
        CaffeError::Arrays { layer, found: 0, wanted } => format!(
            "The file of weights has nothing for the layer “{layer}”, which needs {wanted} arrays. Is it of this definition?"
        ),
        CaffeError::Arrays { layer, found, wanted } => format!(
            "The file of weights has {found} arrays for the layer “{layer}”, which needs {wanted}. Is it of this definition?"
        ),
        CaffeError::Sides { layer, found, wanted } => format!(
            "An array of the layer “{layer}” is {}, and the definition makes it {}. Is the file of weights of this definition, \
             and the size of the images the network's own?",
            sides(found),
            sides(wanted)
        ),
        CaffeError::Mean => "A mean image is needed of three channels, as imagenet_mean.binaryproto is.".into(),
        CaffeError::Code(found) => {
            let found: Vec<String> = found.iter().map(i64::to_string).collect();
            format!(
                "A generator is needed that reads one code, a row of numbers; this one reads [{}].",
                found.join(", ")
            )
        }
        CaffeError::Image { found: [channels, height, width], wanted: [rows, columns] } => format!(
            "A generator is needed that draws images of three channels and at least {rows} × {columns} pixels, as the classifier \
             takes them; this one draws {channels} × {height} × {width}."
        ),
    }
}

fn sides(sides: &[usize]) -> String {
    let sides: Vec<String> = sides.iter().map(usize::to_string).collect();
    sides.join(" × ")
}
