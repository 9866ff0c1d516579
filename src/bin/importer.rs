//! The importer's program: runs in a Web Worker of its own while a visitor opens a network.

#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: dgn::engine::Memory = dgn::engine::Memory;

fn main() {
    dgn::importer::serve();
}
