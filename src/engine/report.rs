//! On what the engine computes, how, and why there and so: as data, which the page puts into words.

use serde::{Deserialize, Serialize};

use crate::spec::EngineChoice;

/// The engine that runs, and on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// [`EngineChoice::Cpu`] or [`EngineChoice::WebGpu`].
    pub engine: EngineChoice,
    /// On what it computes.
    pub hardware: Hardware,
    /// Why this engine was chosen.
    pub reason: Reason,
}

impl Device {
    /// The same for runs whose steps are computed so: in a browser only compiled ones have threads.
    #[must_use]
    pub fn with_steps(&self, steps: Option<&Steps>) -> Self {
        let alone = matches!(steps, Some(Steps::ByOperation(_))) && matches!(self.hardware, Hardware::Wasm(_));
        if alone { Self { hardware: Hardware::Wasm(1), ..self.clone() } } else { self.clone() }
    }
}

/// On what an engine computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hardware {
    /// The processor, from WebAssembly, with so many threads.
    Wasm(usize),
    /// The processor, with so many threads.
    Threads(usize),
    /// The graphics adapter of that name.
    Adapter(String),
}

/// Why an engine was chosen. Adapters are there by name, which is empty where one tells none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reason {
    /// It was asked for by name.
    Asked,
    /// The graphics processor cannot be used.
    Lacking(Lack),
    /// It was the faster one in a trial of both, or as fast.
    Faster {
        /// The graphics adapter by name.
        adapter: String,
        /// Milliseconds a step that it took.
        took: f64,
        /// Milliseconds a step that the other one took.
        other: f64,
    },
    /// The graphics adapter of that name did not pass the trial.
    Flawed(String, Flaw),
    /// The graphics adapter of that name was lost in the middle of a run.
    Lost(String),
}

/// How steps are computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Steps {
    /// By kernels made for these networks, in one piece.
    Compiled,
    /// Of some lanes so, and of others operation by operation.
    Partly(Uncompiled),
    /// Operation by operation, as they could not be compiled.
    ByOperation(Uncompiled),
}

/// Why steps are not compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Uncompiled {
    /// The adapter is imitated by a program, on which compiled steps are slower.
    Imitated,
    /// Pixels are climbed, and not a code.
    Pixels,
    /// There is no kernel for that operation.
    Operation(String),
    /// Something is larger than the device takes in one piece.
    Large,
    /// The device has not the memory.
    Memory,
    /// The device refuses, in these words.
    Refused(String),
    /// There is no plan for how the networks are joined.
    Unplanned,
}

/// Why there is no graphics processor. Adapters are there by name, which is empty where one tells none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lack {
    /// The browser offers no WebGPU.
    NoWebGpu,
    /// The browser offers it to pages from secure addresses only.
    Insecure,
    /// There is no adapter.
    NoAdapter,
    /// The browser was asked for an adapter and did not answer for so many seconds.
    SilentAdapter(u32),
    /// The only adapter, of that name, is a program that imitates one.
    Software(String),
    /// The adapter refused, in these words.
    Refused(String),
    /// The adapter of that name was to be opened, and nothing came of it for so many seconds.
    SilentDevice(String, u32),
}

/// Why a graphics adapter did not pass the trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flaw {
    /// Its results could not be read.
    Failed,
    /// It did not come to the end.
    Endless,
}
