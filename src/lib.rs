//! Deep generator network activation maximisation (DGN-AM): what has a single neuron of a network learned?
//!
//! Data flows one way, and the modules stand in that order:
//!
//! ```text
//!  page ──RunSpec──▶ engine ──▶ pack ──▶ nets
//!   ▲                │ │                 ▲  ▲
//!   └──── Frame ◀────┘ ├────▶ ascent ────┘  │
//!                      ├────▶ kernels ──────┘ ─▶ processor
//!                      └─ ─ ─ (messages) ─ ─ ─ ▶ threads ─▶ processor
//! ```
//!
//! A person picks a neuron in the `page`. The page builds a [`spec::RunSpec`], the one value that decides a run
//! completely. The [`engine`], in a Web Worker of its own, loads a [`pack`]'s weights into [`nets`], climbs the code
//! with [`ascent`], and sends frames back. The page draws them; [`picture`] makes the pixels. The command line runs the
//! same engine without a browser, and with `evaluate` measures a pack, and with
//! `import` reads networks that others have trained into [`nets`]' graphs; a visitor's files are read by the [`importer`], a
//! program in a worker of its own, and become classifiers beside a pack's. A [`lesson`] leads through runs, as data that the
//! page plays and the command line checks. The engine has `kernels` compile
//! the steps, where they can, for a graphics device or for the processor; the vectors of the latter are a package of its own,
//! `src/processor`, and a browser's threads run its programs in a WebAssembly of their own, `src/threads`. Whoever has no web server has one in
//! `src/serve`, a package too. What goes wrong on the way travels as data, each part's error an enum of its own; only
//! [`words`], whom page, importer and command line ask, makes sentences of it.
//!
//! An import against the arrows is a defect: `spec` knows nobody, `ascent` and `nets` know no browser, file or clock,
//! and the page knows no tensor; within the page its root knows no room, and no room another. `tests/house.rs` reads the
//! imports and fails on one against them, and on any circle. Plain data that the page reads too ([`nets::config`],
//! [`pack::manifest`], [`engine::protocol`], errors) is in every build; what needs Burn is behind the feature `networks`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking"))]

pub mod ascent;
#[cfg(feature = "native")]
pub mod cli;
pub mod engine;
#[cfg(feature = "native")]
pub mod evaluate;
pub mod import;
pub mod importer;
#[cfg(any(feature = "engine", feature = "native"))]
pub mod kernels;
pub mod lesson;
pub mod nets;
pub mod pack;
#[cfg(any(feature = "page", test))]
pub mod page;
pub mod picture;
pub mod spec;
pub mod stamp;
#[cfg(any(feature = "page", feature = "importer", feature = "native", test))]
pub mod words;
