//! What the page says of being without a network.

use super::megabytes;
pub use crate::words::say::offline::{
    allow_offline, new_version, offline, offline_starts, page_is_kept, remove_offline,
};
use crate::{
    page::browser::offline::{Failure, Lack},
    words::{say::offline as say, sentences},
};

/// Why nothing is kept.
pub fn not_offline(lack: Lack) -> &'static str {
    match lack {
        Lack::Off => say::is_off(),
        Lack::Insecure => say::insecure(),
        Lack::NoSuchThing => say::no_such_thing(),
        Lack::NotInstalled => say::not_installed(),
    }
}

/// Bytes that are kept in all, and what a pack still lacks.
pub fn kept_offline(pack: &str, bytes: u64, missing: u64) -> String {
    let all = say::kept_in_all(&megabytes(bytes));
    match missing {
        0 => sentences(&[say::whole(&pack), all]),
        _ => sentences(&[say::partly(&pack), all]),
    }
}

/// Files are being fetched.
pub fn keeping_offline(loaded: u64, total: u64) -> String {
    say::keeping(&megabytes(loaded), &megabytes(total))
}

/// Button; how much it loads.
pub fn keep_offline(missing: u64) -> String {
    say::keep(&megabytes(missing))
}

/// Alert.
pub fn not_kept(failure: &Failure) -> String {
    match failure {
        Failure::NoRoom => say::no_room().to_owned(),
        Failure::Unreachable(file) => say::unreachable(file),
        Failure::Missing(file) => say::missing(file),
        Failure::Renewed(file) => say::other_file(file),
    }
}
