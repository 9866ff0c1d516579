//! The engine: loads a pack's networks onto a device and runs the ascent, step by step.
//!
//! [`protocol`] with what can go wrong, [`trail`] and [`memory`] are in every build, since the page speaks the one, keeps
//! pictures in the other, and may ask of the third what a run will need. [`session`] needs the feature `networks`; [`device`],
//! [`choose`], [`gallery`] and [`Compiler`], which compiles runs, serve the worker and the command line alike; the worker itself needs the feature `engine`.

pub mod lanes;
pub mod memory;
pub mod protocol;
pub mod trail;

#[cfg(all(target_family = "wasm", any(feature = "engine", feature = "importer")))]
mod allocator;
#[cfg(any(feature = "engine", feature = "native"))]
pub mod choose;
#[cfg(any(feature = "engine", feature = "native"))]
mod compiled;
mod crossing;
#[cfg(any(feature = "engine", feature = "native"))]
pub mod device;
mod error;
#[cfg(any(feature = "engine", feature = "native"))]
pub mod gallery;
#[cfg(feature = "networks")]
mod judge;
#[cfg(feature = "networks")]
mod networks;
#[cfg(any(feature = "engine", feature = "native"))]
pub mod pace;
#[cfg(feature = "networks")]
mod rank;
mod report;
#[cfg(feature = "networks")]
pub mod session;
#[cfg(feature = "engine")]
mod worker;

#[cfg(all(target_family = "wasm", any(feature = "engine", feature = "importer")))]
pub use allocator::{Memory, is_exhausted};
#[cfg(any(feature = "engine", feature = "native"))]
pub use compiled::{Compiler, Graphics};
pub use error::EngineError;
#[cfg(feature = "networks")]
pub use judge::Judge;
#[cfg(feature = "networks")]
pub use networks::{encoder, model, prepare};
#[cfg(feature = "networks")]
pub use rank::rank;
#[cfg(feature = "networks")]
pub use session::{Session, Step};
#[cfg(feature = "engine")]
pub use worker::serve;

#[cfg(feature = "networks")]
pub use crate::ascent::Model;
