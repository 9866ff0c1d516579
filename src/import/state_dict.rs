//! Why a state dict is no network that is known.

use serde::{Deserialize, Serialize};

/// Why a state dict, the arrays of a network without its operations, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{self:?}")]
pub enum StateDictError {
    /// The file itself is damaged, or of a form that is not read.
    Broken(Breakage),
    /// Arrays that belong to none of the networks that are known by their names.
    Unknown {
        /// The first names, with their shapes.
        found: Vec<(String, Vec<usize>)>,
        /// How many more there are.
        more: usize,
    },
    /// An array that the network needs is not there.
    Missing {
        /// What the network was recognised as.
        family: Family,
        /// Name of the array.
        name: String,
    },
    /// Arrays that the network has no place for.
    Superfluous {
        /// What the network was recognised as.
        family: Family,
        /// The names of the first.
        names: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// An array of another shape than the network needs.
    Shape {
        /// What the network was recognised as.
        family: Family,
        /// Name of the array.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape needed; 0 where a side may be anything.
        wanted: Vec<usize>,
    },
    /// An array whose numbers are of a kind that is not read.
    Numbers {
        /// Name of the array.
        name: String,
        /// The kind, as the file calls it.
        found: String,
    },
    /// More values than any network has.
    Large,
}

/// The networks that are recognised by names and shapes of their arrays, as torchvision has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// AlexNet (Krizhevsky 2014).
    AlexNet,
    /// VGG, with batch normalisation or without (Simonyan & Zisserman 2014).
    Vgg,
    /// ResNet of basic blocks or of bottlenecks (He et al. 2015).
    ResNet,
    /// MobileNetV2 (Sandler et al. 2018).
    MobileNetV2,
}

/// What is wrong with a checkpoint as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Breakage {
    /// A part is longer than what is there, or lies where nothing is.
    Short,
    /// The archive has no list of its entries, or one that contradicts itself.
    Archive,
    /// The archive holds no `data.pkl`.
    NoPickle,
    /// The archive's entries are compressed, which PyTorch does not do.
    Compressed,
    /// Numbers with their highest byte first.
    BigEndian,
    /// A pickle with an instruction that is not known, by its number.
    Instruction(u8),
    /// A pickle whose instructions contradict each other.
    Pickle,
    /// A pickle with more instructions than any checkpoint.
    Instructions,
    /// An array that does not lie within its storage.
    Storage,
    /// The format safetensors is not followed.
    Safetensors {
        /// What the reader said.
        said: String,
    },
}
