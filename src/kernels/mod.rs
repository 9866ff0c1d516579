//! A step of the ascent compiled for a graphics device: networks, forward and backward, and the update of the codes.
//!
//! Through a general framework a step of the ascent is hundreds of small kernels, each with its own allocations, bind group
//! and bookkeeping, and issuing them takes longer than computing them. Both networks are static graphs, held fixed: all of
//! that is known before the first step. [`Plan`] turns a chain of graphs and a batch size into a flat list of [`Launch`]es,
//! forward and backward, with bias, sums and activations fused into the operations before them and derivatives into those
//! behind, and with buffers assigned once. It is plain data, and refuses by name what it does not support. An [`Executor`] makes
//! pipelines, buffers and bind groups of it once, on any wgpu device, and replays it: one compute pass and one submit, before
//! which a [`Step`] says what differs from step to step. Climbing pixels has no plan.
//!
//! ```text
//! nodes ─▶ chain (graphs to stages) ─▶ gradient (stages to launches, backward) ─▶ plan (slots) ─▶ device
//!                  ops (WGSL of each operation) ─▶ shader ─▶ launch
//! ```
//!
//! The minimum limits of the WebGPU standard suffice.

mod chain;
mod device;
mod gradient;
mod launch;
mod nodes;
mod ops;
mod plan;
mod shader;
mod slots;

pub use device::{Arrays, DeviceError, Executor, Pipelines, Reading};
pub use launch::{Array, Contents, Launch, Operand, Refusal, Scaled, Step, Value};
pub use nodes::{Link, Spot};
pub use plan::{Ascent, Bytes, Encoding, Looker, Plan, Port};
