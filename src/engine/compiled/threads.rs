//! The processor's programs by threads of the browser: at the program of `src/threads`, whose memory is its own and its workers'.

use std::rc::Rc;

use dgn_processor::{Operation, Place, Program};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::kernels::{DeviceError, Host, Machine};

#[wasm_bindgen]
extern "C" {
    /// Of `worker.js`: starts the threads where the browser gives any, once; nothing where it does not, or where they do not
    /// start.
    #[wasm_bindgen(js_name = startThreads)]
    async fn start_threads() -> JsValue;

    /// Of `worker.js`: ends the threads for good.
    #[wasm_bindgen(js_name = endThreads)]
    fn end_threads();

    /// What is started.
    type Started;
    #[wasm_bindgen(method, getter)]
    fn host(this: &Started) -> Keeper;
    #[wasm_bindgen(method, getter)]
    fn count(this: &Started) -> usize;

    /// `Host` of `src/threads`.
    #[derive(Debug, Clone)]
    type Keeper;
    #[wasm_bindgen(method, catch)]
    fn keep(this: &Keeper, operation: &[u8]) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch, js_name = letGo)]
    fn let_go(this: &Keeper, operation: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn begin(this: &Keeper, program: &[u8]) -> Result<Run, JsValue>;

    /// `Run` of `src/threads`.
    #[derive(Debug)]
    type Run;
    #[wasm_bindgen(method, catch)]
    fn write(this: &Run, slot: usize, numbers: &[f32]) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn step(this: &Run, places: &[usize]) -> Result<Vec<f32>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn free(this: &Run) -> Result<(), JsValue>;
}

/// Threads that have started.
#[derive(Debug)]
pub struct Threads(Keeper);

/// A program that is ready.
#[derive(Debug)]
struct Ready(Run);

/// The threads, and how many they are, where the browser gives any.
pub async fn start() -> Option<(Rc<dyn Host>, usize)> {
    let started = start_threads().await;
    if started.is_undefined() {
        return None;
    }
    let started: Started = started.unchecked_into();
    Some((Rc::new(Threads(started.host())), started.count()))
}

/// Ends the threads, where there are any: from then on there are none.
pub fn end() {
    end_threads();
}

/// As the other program reads it.
fn sent(what: &impl Serialize) -> Result<Vec<u8>, DeviceError> {
    postcard::to_allocvec(what).map_err(|error| DeviceError::Refused { said: error.to_string() })
}

fn said(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{error:?}"),
    }
}

fn refused(error: JsValue) -> DeviceError {
    DeviceError::Refused { said: said(&error) }
}

fn unread(error: JsValue) -> DeviceError {
    DeviceError::Unread { said: said(&error) }
}

impl Host for Threads {
    fn keep(&self, operation: Operation) -> Result<u32, DeviceError> {
        let bytes = sent(&operation)?;
        drop(operation);
        self.0.keep(&bytes).map_err(refused)
    }

    fn let_go(&self, operation: u32) {
        // One that has failed may refuse it, and keeps nothing once it is ended.
        let _ = self.0.let_go(operation);
    }

    fn begin(&self, program: Program) -> Result<Box<dyn Machine>, DeviceError> {
        let run = self.0.begin(&sent(&program)?).map_err(refused)?;
        Ok(Box::new(Ready(run)))
    }
}

impl Machine for Ready {
    fn write(&mut self, place: Place, numbers: &[f32]) -> Result<(), DeviceError> {
        self.0.write(place.slot, numbers).map_err(unread)
    }

    fn step(&mut self, read: &[Place]) -> Result<Vec<Vec<f32>>, DeviceError> {
        let places: Vec<usize> = read.iter().flat_map(|place| [place.slot, place.numbers]).collect();
        let mut rest = self.0.step(&places).map_err(unread)?;
        let cut = |place: &Place| {
            let behind = rest.split_off(place.numbers.min(rest.len()));
            std::mem::replace(&mut rest, behind)
        };
        Ok(read.iter().map(cut).collect())
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        let _ = self.0.free();
    }
}
