//! The engine's program: runs in a Web Worker of its own.

#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: dgn::engine::Memory = dgn::engine::Memory;

#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "the linker's own function can be called in no other way")]
unsafe extern "C" {
    /// Runs what libraries have to be done once before all else, such as CubeCL's lists of operations. The linker makes it.
    fn __wasm_call_ctors();
}

fn main() {
    // A program that does not call it itself is taken by the linker for one that is called once, and has it called at the
    // entry of every exported function. Each value that crosses from JavaScript is such a call: in a step on WebGPU these
    // were half a second.
    #[cfg(target_family = "wasm")]
    #[allow(unsafe_code, reason = "as above")]
    // SAFETY: it takes and gives nothing, and is called once, before anything that relies on it.
    unsafe {
        __wasm_call_ctors();
    }
    dgn::engine::serve();
}
