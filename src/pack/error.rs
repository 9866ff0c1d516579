use super::manifest::ManifestError;
use crate::spec::SpecError;

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
        reason: String,
    },
    /// The weights do not make the network.
    Misfit {
        /// The file's name.
        file: String,
        /// What does not fit.
        reason: String,
    },
    /// There is no such classifier.
    Spec(#[from] SpecError),
}
