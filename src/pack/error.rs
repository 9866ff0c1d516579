use super::manifest::ManifestError;

/// Why a pack cannot be used. Each message is a sentence for people that says what happened and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PackError {
    /// The manifest is unusable.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file is not there.
    #[error("The file {file} is missing from the pack at {place}. Put the pack's folder there as a whole.")]
    NotFound {
        /// The file's name.
        file: String,
        /// Where it was looked for.
        place: String,
    },
    /// A file could not be read or fetched.
    #[error(
        "The file {file} could not be read from {place}: {reason}. Check the connection or the disk, and try again."
    )]
    Unreadable {
        /// The file's name.
        file: String,
        /// Where it was looked for.
        place: String,
        /// What the reader said.
        reason: String,
    },
    /// The server answered with a page for people.
    #[error(
        "The server answered with a web page instead of the file {file}: the address {place} does not hold the pack, \
         or the host asks for something first. Check how the site is hosted."
    )]
    Page {
        /// The file's name.
        file: String,
        /// Where it was looked for.
        place: String,
    },
    /// A file is shorter or longer than it should be.
    #[error(
        "The file {file} is {found} bytes long instead of {wanted}: it did not arrive whole, or is of another version. \
         Try again, or put the pack's folder there as a whole."
    )]
    Size {
        /// The file's name.
        file: String,
        /// Bytes found (or, where it was too long, bytes read before stopping).
        found: u64,
        /// Bytes that the manifest states.
        wanted: u64,
    },
    /// A file's content is not what the manifest means.
    #[error(
        "The file {file} is damaged or of another version: its sha256 is not the one that the pack states. \
         Reload the page, or put the pack's folder there as a whole."
    )]
    Digest {
        /// The file's name.
        file: String,
    },
    /// A file is not safetensors, or holds numbers of a kind that is not read.
    #[error("The weights in {file} cannot be read: {reason}. The pack has to be made anew.")]
    Format {
        /// The file's name.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The weights do not make the network.
    #[error(
        "The weights in {file} do not fit the network that the pack describes: {reason}. The pack has to be made anew."
    )]
    Misfit {
        /// The file's name.
        file: String,
        /// What does not fit.
        reason: String,
    },
    /// There is no such classifier.
    #[error(transparent)]
    Spec(#[from] crate::spec::SpecError),
}
