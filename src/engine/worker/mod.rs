//! The engine in a Web Worker: loads what the page names, chooses a device, and serves its requests.
//!
//! [`host`] is the worker itself; [`graphics`] and [`load`] know it, and [`serve`], the loop, knows them all.

mod graphics;
mod host;
mod load;
mod serve;

pub use serve::serve;
