use super::manifest::ManifestError;
use crate::{nets::NetworkError, spec::SpecError};

/// Why a pack cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum PackError {
    /// The manifest is unusable.
    Manifest(#[from] ManifestError),
    /// A file is not there.
    NotFound {
        /// The file's name.
        file: String,
        /// Where it was looked for.
        place: String,
    },
    /// A file could not be read or fetched.
    Unreadable {
        /// The file's name.
        file: String,
        /// Where it was looked for.
        place: String,
        /// What the reader said.
        reason: String,
    },
    /// The server answered with that status in place of a file.
    Status {
        /// The file's name.
        file: String,
        /// Where it was looked for.
        place: String,
        /// The status.
        status: u16,
    },
    /// The server answered with a page for people.
    Page {
        /// The file's name.
        file: String,
        /// Where it was looked for, if that is known.
        place: Option<String>,
    },
    /// A file is shorter or longer than it should be.
    Size {
        /// The file's name.
        file: String,
        /// Bytes found (or, where it was too long, bytes read before stopping).
        found: u64,
        /// Bytes that the manifest states.
        wanted: u64,
    },
    /// A file's content is not what the manifest means.
    Digest {
        /// The file's name.
        file: String,
    },
    /// A file is not safetensors, or holds numbers of a kind that is not read.
    Format {
        /// The file's name.
        file: String,
        /// What is wrong.
        reason: FormatError,
    },
    /// The weights do not make the network.
    Misfit {
        /// The file's name.
        file: String,
        /// What does not fit.
        reason: Box<NetworkError>,
    },
    /// There is no such classifier.
    Spec(#[from] SpecError),
}

/// Why arrays cannot be read from a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum FormatError {
    /// The file is not safetensors.
    Syntax {
        /// What the reader said.
        said: String,
    },
    /// An array of integers without its scale.
    NoScale {
        /// The array.
        name: String,
    },
    /// A scale of a shape that does not scale the array's.
    Scale {
        /// The array.
        name: String,
        /// The scale's shape.
        found: Vec<usize>,
        /// The array's shape.
        wanted: Vec<usize>,
    },
    /// Packed bits without the array's own shape.
    NoShape {
        /// The array.
        name: String,
    },
    /// Another number of bytes than the array's shape has bits.
    Bits {
        /// The array.
        name: String,
        /// How many bytes there are.
        bytes: usize,
        /// The array's shape.
        shape: Vec<usize>,
    },
    /// Numbers of a kind that is not read.
    Kind {
        /// The array.
        name: String,
        /// The kind, as the format calls it.
        found: String,
    },
}
