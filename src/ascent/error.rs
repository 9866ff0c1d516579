/// Runs that cannot begin together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum BatchError {
    /// They differ too much, or there is none.
    Differ,
    /// They are for a classifier that is not the model's.
    OtherClassifier,
    /// They need the encoder, and it has not been loaded.
    NoEncoder,
    /// They need what is known of natural images, and it has not been loaded, or is not known of that unit.
    NoNatural,
    /// They start from an image, and none of the right size was given.
    NoImage,
    /// They start from the last result, and there is none.
    NoLast,
    /// They start from the last result, and that is of another kind.
    OtherLast,
    /// They need more memory than there may be.
    Memory {
        /// About how many bytes they need.
        needed: u64,
        /// How many there may be.
        most: u64,
    },
}
