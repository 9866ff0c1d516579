//! The processor's programs where a browser gives threads: a WebAssembly program of its own, whose memory its workers share.
//!
//! The engine's worker fetches it where the page is isolated from other origins, hands it operations and programs as
//! [`postcard`] has them, and runs its steps here. It computes what the engine would alone, bit for bit: relaxed SIMD, whose
//! multiplication and addition are one on some processors and two on others, was no more than 4 % faster.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{TryRecvError, channel},
    },
    thread,
    time::Duration,
};

use dgn_processor::{Machine, Place, Program};
use wasm_bindgen::prelude::*;

pub use wasm_bindgen_rayon::init_thread_pool;

/// Whether a thread has panicked, which ends it without anybody being told: what the others wait for never comes then.
static FAILED: AtomicBool = AtomicBool::new(false);
/// How often a step that takes long looks whether a thread has failed.
const LOOK: Duration = Duration::from_millis(100);

#[wasm_bindgen]
extern "C" {
    /// Of the browser's console.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn log(text: &str);
}

/// Keeps operations: see [`dgn_processor::Host`].
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Host(dgn_processor::Host);

/// A program that is ready; none while it takes a step, and for good once a thread has failed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Run(Option<Machine>);

#[wasm_bindgen]
impl Host {
    /// With no operations.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        std::panic::set_hook(Box::new(|panic| {
            log(&panic.to_string());
            FAILED.store(true, Ordering::Release);
        }));
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
        let machine = self.0.begin(program).ok_or_else(|| JsError::new("the program names what is not there"))?;
        Ok(Run(Some(machine)))
    }
}

#[wasm_bindgen]
impl Run {
    /// Gives the first numbers of a slot.
    ///
    /// # Errors
    /// Where there are fewer, or a thread has failed.
    pub fn write(&mut self, slot: usize, numbers: &[f32]) -> Result<(), JsError> {
        let room = self.0.as_mut().ok_or_else(failed)?.place(Place { slot, numbers: numbers.len() });
        room.ok_or_else(|| JsError::new("there is no such place"))?.copy_from_slice(numbers);
        Ok(())
    }

    /// Takes a step, and reads places behind it: slot and how many numbers of each.
    ///
    /// # Errors
    /// Where a thread fails, or has failed.
    pub fn step(&mut self, places: &[usize]) -> Result<Vec<f32>, JsError> {
        let mut machine = self.0.take().ok_or_else(failed)?;
        let places = places.as_chunks().0.iter().map(|[slot, numbers]| Place { slot: *slot, numbers: *numbers });
        let places: Vec<Place> = places.collect();
        let (tell, told) = channel();
        let waiting = thread::current();
        rayon::spawn(move || {
            let read = machine.step(&places);
            // Nobody hears it who has seen another thread fail.
            let _ = tell.send((machine, read));
            waiting.unpark();
        });
        loop {
            match told.try_recv() {
                Ok((machine, read)) => {
                    self.0 = Some(machine);
                    return Ok(read.concat());
                }
                Err(TryRecvError::Empty) if !FAILED.load(Ordering::Acquire) => thread::park_timeout(LOOK),
                Err(_) => return Err(failed()),
            }
        }
    }
}

fn failed() -> JsError {
    JsError::new("a thread has failed")
}
