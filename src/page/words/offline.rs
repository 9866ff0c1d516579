//! What the page says of being without a network.

use serde::Deserialize;

use super::megabytes;
pub use crate::words::say::offline::{
    allow_offline, new_version, offline, offline_starts, page_is_kept, remove_offline,
};
use crate::words::{say::offline as say, sentences};

/// Why nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOffline {
    /// The visitor wants it so.
    Off,
    /// The page does not come over HTTPS or from this computer.
    Insecure,
    /// The browser lets no page be kept here.
    NoSuchThing,
    /// The service worker was not taken: its script is not there, or the page's files could not be kept.
    NotInstalled,
}

/// Why a file is not kept, as `public/sw.js` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum NotFetched {
    /// The browser gives no room.
    NoRoom,
    /// No answer.
    Unreachable(String),
    /// It is not on the server.
    Missing(String),
    /// It is another than the site, or the pack, says.
    Renewed(String),
}

/// Why nothing is kept.
pub fn not_offline(lack: NotOffline) -> &'static str {
    match lack {
        NotOffline::Off => say::is_off(),
        NotOffline::Insecure => say::insecure(),
        NotOffline::NoSuchThing => say::no_such_thing(),
        NotOffline::NotInstalled => say::not_installed(),
    }
}

/// Bytes that are kept in all, and what a pack still lacks.
pub fn kept_offline(pack: &str, bytes: u64, missing: u64) -> String {
    let all = say::kept_in_all(&megabytes(bytes));
    match missing {
        0 => sentences(&[say::whole(&pack), all]),
        _ => sentences(&[say::partly(&pack, &megabytes(missing)), all]),
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
pub fn not_kept(failure: &NotFetched) -> String {
    match failure {
        NotFetched::NoRoom => say::no_room().to_owned(),
        NotFetched::Unreachable(file) => say::unreachable(file),
        NotFetched::Missing(file) => say::missing(file),
        NotFetched::Renewed(file) => say::other_file(file),
    }
}
