//! What a network's pixels are.

use serde::{Deserialize, Serialize};

#[cfg(any(feature = "native", feature = "importer"))]
use super::Imported;
#[cfg(any(feature = "native", feature = "importer"))]
use crate::nets::{graph::INPUT, ops::Op};

/// How most networks have their pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pixels {
    /// From 0 to 1, less ImageNet's mean, divided by its standard deviation; as torchvision has them.
    #[default]
    Imagenet,
    /// From -1 to 1.
    Signed,
    /// From 0 to 1.
    Unit,
    /// From 0 to 255.
    Bytes,
}

impl Pixels {
    /// Mean and standard deviation of each channel of pixels from 0 to 1, red first, by which these become the network's.
    pub const fn statistics(self) -> ([f32; 3], [f32; 3]) {
        match self {
            Self::Imagenet => ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            Self::Signed => ([0.5; 3], [0.5; 3]),
            Self::Unit => ([0.0; 3], [1.0; 3]),
            Self::Bytes => ([0.0; 3], [1.0 / 255.0; 3]),
        }
    }

    /// What a network seems to have, by what its file says, or by its first operation where that is a normalisation: one
    /// that brings 255 to less than a dozen is of pixels from 0 to 255. None where nothing tells.
    #[cfg(any(feature = "native", feature = "importer"))]
    pub fn told(imported: &Imported) -> Option<Self> {
        match imported.said("Image.NominalPixelRange") {
            Some("NominalRange_0_255") => return Some(Self::Bytes),
            Some("Normalized_0_1") => return Some(Self::Unit),
            Some("Normalized_1_1") => return Some(Self::Signed),
            _ => {}
        }
        let reads_image = |input: &String| input == INPUT;
        let first = imported.graph.nodes.iter().find(|node| node.inputs.iter().any(reads_image))?;
        let Op::Constants { scale, .. } = &first.op else { return None };
        Some(if scale.iter().all(|factor| factor.abs() < 0.05) { Self::Bytes } else { Self::Unit })
    }
}
