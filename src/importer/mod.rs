//! The importer: reads a network of a visitor's own in a Web Worker, so that a file that is large, damaged or hostile costs a
//! sentence and neither the page nor the run in progress. Its program is fetched when the first file is opened.
//!
//! [`protocol`], what page and importer say to each other, is in every build; the worker itself needs the feature `importer`.

pub mod protocol;
#[cfg(feature = "importer")]
mod reader;
#[cfg(feature = "importer")]
mod serve;
#[cfg(feature = "importer")]
mod store;

#[cfg(feature = "importer")]
pub use serve::serve;
