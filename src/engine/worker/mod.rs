//! The engine in a Web Worker: loads what the page names, chooses a device, and serves its requests.
//!
//! [`host`] is the worker itself; [`graphics`] and [`load`] know it, and [`serve`], the loop, knows them all. [`memory`]
//! tells of memory that the browser does not give.

mod graphics;
mod host;
mod load;
mod memory;
mod serve;

pub use memory::Memory;
pub use serve::serve;
