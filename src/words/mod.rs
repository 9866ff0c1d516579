//! What has gone wrong, as sentences: of each error what happened and what to do, in plain English. The parts below tell
//! errors as data; page, importer and command line ask here what to say, so that an error has the same words in both, and other
//! words for it are found in one place.
//!
//! Where the two can do different things about an error, they say it in ways of their own ([`Reader`]).

#[cfg(any(feature = "importer", feature = "native"))]
mod caffe;
#[cfg(any(feature = "importer", feature = "native"))]
mod damage;
mod engine;
#[cfg(any(feature = "importer", feature = "native"))]
mod import;
mod nets;
mod pack;
mod spec;
#[cfg(any(feature = "importer", feature = "native"))]
mod state_dict;

pub use engine::{adapter, engine, hardware, uncompiled};
#[cfg(any(feature = "importer", feature = "native"))]
pub use import::{Asked, FILE_GONE, TOO_MUCH_TO_SAY, content, import, names, no_name, unusable_weights};
pub use pack::{defect, examples, manifest, pack};
pub use spec::spec;

use crate::engine::protocol::Lack;

/// Whoever reads what is said. A visitor loads the page anew or presses Run; somebody at a terminal chooses a folder or an
/// engine.
pub trait Reader {
    /// A file of a pack has another digest than the pack states.
    fn digest(file: &str) -> String;
    /// A web page came in place of a file of a pack, from that place where it is known.
    fn page(file: &str, place: Option<&str>) -> String;
    /// No graphics processor can be used.
    fn no_graphics(lack: &Lack) -> String;
    /// The graphics processor was lost.
    fn lost(reason: &str) -> String;
    /// Results could not be read back.
    fn unread(reason: &str) -> String;
    /// The pack has been replaced by another.
    fn renewed() -> String;
}
