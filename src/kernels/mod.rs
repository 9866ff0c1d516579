//! A step of the ascent compiled: networks, forward and backward, and the update of the codes.
//!
//! Through a general framework a step of the ascent is hundreds of small operations, each with its own allocations and
//! bookkeeping; on a graphics device issuing them takes longer than computing them. Both networks are static graphs, held fixed: all
//! of that is known before the first step. [`Plan`] turns a chain of graphs and a batch size into a flat list of [`Launch`]es,
//! forward and backward, with bias, sums and activations fused into the operations before them and derivatives into those
//! behind, and with buffers assigned once. It is plain data, and refuses by name what it does not support. Climbing pixels has no
//! plan.
//!
//! Two can run it. An [`Executor`] makes pipelines, buffers and bind groups of it once, on any wgpu device, and replays it: one
//! compute pass and one submit, before which a [`Step`] says what differs from step to step. The minimum limits of the WebGPU
//! standard suffice. A [`Processor`] computes the same launches by vectors, with the operations of the package `dgn-processor`
//! (`src/processor`), whose weights are laid out once for each network ([`Operations`]), wherever its [`Host`] is.
//!
//! ```text
//! nodes ─▶ chain (graphs to stages) ─▶ gradient (stages to launches, backward) ─▶ plan (slots)
//! plan ─▶ ops (WGSL of each operation) ─▶ shader ─▶ device, by stored (how weights lie)
//! plan ─▶ processor, by layout (in which order numbers lie)
//! ```

mod chain;
#[cfg(feature = "native")]
mod clock;
mod cost;
mod device;
mod epilogue;
mod gradient;
mod launch;
mod layout;
mod nodes;
mod ops;
mod plan;
mod processor;
mod shader;
mod slots;
mod stored;
mod values;

pub use cost::Cost;
pub use device::{Arrays, DeviceError, Executor, Gathering, Pipelines, Reading};
pub use launch::Launch;
pub use nodes::{Link, Spot};
pub use plan::{Ascent, Bytes, Encoding, Looker, Plan, Port};
pub use processor::{Here, Host, Machine, Network, Operations, Processor, Weights};
pub use values::{Array, Contents, Operand, Program, Reads, Refusal, Scaled, Step, Value};
