use super::{damage, joined, say::caffe as say};
use crate::import::{CaffeError, TextFlaw};

/// Why files of Caffe's make no network.
pub(super) fn caffe(error: &CaffeError) -> String {
    match error {
        CaffeError::Weights(damage) => say::weights_damaged(&damage::damage(damage)),
        CaffeError::Definition { line, flaw } => {
            let why = match flaw {
                TextFlaw::Letter => say::text_letter(),
                TextFlaw::End => say::text_end(),
                TextFlaw::Deep => say::text_deep(),
                TextFlaw::Long => say::text_long(),
            };
            say::definition(line, &why)
        }
        CaffeError::NoLayers => say::no_layers().into(),
        CaffeError::Layers { found } => say::too_many_layers(found),
        CaffeError::Arrays { layer, found: 0, wanted } => say::no_arrays(layer, wanted),
        CaffeError::Arrays { layer, found, wanted } => say::arrays(found, layer, wanted),
        CaffeError::Sides { layer, found, wanted } => say::array_sides(layer, &sides(found), &sides(wanted)),
        CaffeError::Mean => say::mean().into(),
        CaffeError::Code(found) => say::code(&joined(found, ", ")),
        CaffeError::Image { found: [channels, height, width], wanted: [rows, columns] } => {
            say::image(rows, columns, channels, height, width)
        }
    }
}

fn sides(sides: &[usize]) -> String {
    joined(sides, " × ")
}
