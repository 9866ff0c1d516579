//! Memory that the browser does not give.
//!
//! A program in WebAssembly that gets no more memory ends: Rust's allocator has nothing to give, and what asked for it
//! stops the program with no word of why, not even to the panic hook. So the allocator says it, before, to the one who is
//! left afterwards: the worker's script.
#![allow(unsafe_code, reason = "an allocator is unsafe to write; this one passes everything on to the system's")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Notes that there was no more memory, in `worker.js`. It takes nothing, so that nothing is allocated for it.
    #[wasm_bindgen(js_name = outOfMemory)]
    fn out_of_memory();
}

thread_local! {
    /// Whether there was no more memory once.
    static EXHAUSTED: Cell<bool> = const { Cell::new(false) };
}

/// Whether there was no more memory once.
pub fn is_exhausted() -> bool {
    EXHAUSTED.get()
}

/// Whether so many bytes more can be had, in one piece. They are given back at once, to those who ask next; that there are
/// none is told to nobody.
#[cfg(feature = "engine")]
pub(super) fn has_room(bytes: u64) -> bool {
    let layout = usize::try_from(bytes.max(1)).ok().and_then(|bytes| Layout::from_size_align(bytes, 16).ok());
    let Some(layout) = layout else { return false };
    // SAFETY: the layout's size is not 0, and what is given goes back with it.
    unsafe {
        let given = System.alloc(layout);
        if given.is_null() {
            return false;
        }
        System.dealloc(given, layout);
    }
    true
}

/// The allocator of a program in a worker: the system's, which tells when it has nothing to give.
#[derive(Debug)]
pub struct Memory;

/// What was given, and a word where that is nothing.
fn told(given: *mut u8) -> *mut u8 {
    if given.is_null() {
        EXHAUSTED.set(true);
        out_of_memory();
    }
    given
}

// SAFETY: each function hands its arguments to the system's allocator as they are, and gives back what that gives.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        told(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        told(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, given: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        told(unsafe { System.realloc(given, layout, size) })
    }

    unsafe fn dealloc(&self, given: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(given, layout) }
    }
}
