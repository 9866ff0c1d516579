use super::{Reader, spec};
use crate::pack::{
    PackError,
    manifest::{FORMAT, ManifestError},
};

/// Why a pack cannot be used.
pub fn pack<R: Reader>(error: &PackError) -> String {
    match error {
        PackError::Manifest(error) => manifest(error),
        PackError::NotFound { file, place } => {
            format!("The file {file} is missing from the pack at {place}. Put the pack's folder there as a whole.")
        }
        PackError::Unreadable { file, place, reason } => unreadable(file, place, reason),
        PackError::Status { file, place, status } => {
            unreadable(file, place, &format!("the server answered with status {status}"))
        }
        PackError::Page { file, place } => R::page(file, place.as_deref()),
        PackError::Size { file, found, wanted } => format!(
            "The file {file} is {found} bytes long instead of {wanted}: it did not arrive whole, or is of another version. \
             Try again, or put the pack's folder there as a whole."
        ),
        PackError::Digest { file } => R::digest(file),
        PackError::Format { file, reason } => {
            format!("The weights in {file} cannot be read: {reason}. The pack has to be made anew.")
        }
        PackError::Misfit { file, reason } => format!(
            "The weights in {file} do not fit the network that the pack describes: {reason}. The pack has to be made anew."
        ),
        PackError::Spec(error) => spec(error),
    }
}

fn unreadable(file: &str, place: &str, reason: &str) -> String {
    format!(
        "The file {file} could not be read from {place}: {reason}. Check the connection or the disk, and try again."
    )
}

/// Why the description of a pack cannot be used.
pub fn manifest(error: &ManifestError) -> String {
    match error {
        ManifestError::Syntax { reason } => cannot_be_read(reason),
        ManifestError::NoFormat => cannot_be_read("it names no format, so it is not a pack's description"),
        ManifestError::Format { found } => format!(
            "The pack's description (pack.json) is of format {found}, but this program reads formats 1 to {FORMAT}. Use a \
             pack made for this version, or a newer version of this program."
        ),
        ManifestError::Misfit { pack, what } => format!("The pack “{pack}” does not fit together: {what}."),
        ManifestError::Defaults { pack, problem } => {
            format!("The pack “{pack}” does not fit together: its defaults make no run. {}", spec(problem))
        }
    }
}

fn cannot_be_read(reason: &str) -> String {
    format!("The pack's description (pack.json) cannot be read: {reason}.")
}
