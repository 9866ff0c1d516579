//! The processor's programs where a browser gives threads: a WebAssembly program of its own, whose memory its workers share.
//!
//! The engine's worker fetches it where the page is isolated from other origins, hands it operations and programs as
//! [`postcard`] has them, and runs its steps here. Its instructions may be newer than the engine's too, as browsers that do not
//! have them never load it: it is compiled with relaxed SIMD, whose multiplication and addition are one.

use dgn_processor::{Machine, Place, Program};
use wasm_bindgen::prelude::*;

pub use wasm_bindgen_rayon::init_thread_pool;

/// Keeps operations: see [`dgn_processor::Host`].
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Host(dgn_processor::Host);

/// A program that is ready.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Run(Machine);

#[wasm_bindgen]
impl Host {
    /// With no operations.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps an operation, and tells its number.
    ///
    /// # Errors
    /// Where the bytes are none.
    pub fn keep(&mut self, operation: Vec<u8>) -> Result<u32, JsError> {
        Ok(self.0.keep(postcard::from_bytes(&operation)?))
    }

    /// Lets an operation go.
    #[wasm_bindgen(js_name = letGo)]
    pub fn let_go(&mut self, operation: u32) {
        self.0.let_go(operation);
    }

    /// Makes a program ready to be run.
    ///
    /// # Errors
    /// Where the bytes are none, or of operations or places that are not there.
    pub fn begin(&self, program: &[u8]) -> Result<Run, JsError> {
        let program: Program = postcard::from_bytes(program)?;
        self.0.begin(program).map(Run).ok_or_else(|| JsError::new("the program names what is not there"))
    }
}

#[wasm_bindgen]
impl Run {
    /// Gives the first numbers of a slot.
    ///
    /// # Errors
    /// Where there are fewer.
    pub fn write(&mut self, slot: usize, numbers: &[f32]) -> Result<(), JsError> {
        let room = self.0.place(Place { slot, numbers: numbers.len() });
        room.ok_or_else(|| JsError::new("there is no such place"))?.copy_from_slice(numbers);
        Ok(())
    }

    /// Takes a step, and reads places behind it: slot and how many numbers of each.
    pub fn step(&mut self, places: &[usize]) -> Vec<f32> {
        let places = places.as_chunks().0.iter().map(|[slot, numbers]| Place { slot: *slot, numbers: *numbers });
        self.0.step(&places.collect::<Vec<_>>()).concat()
    }
}
