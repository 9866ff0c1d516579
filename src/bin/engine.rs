//! The engine's program: runs in a Web Worker of its own.

fn main() {
    dgn::engine::serve();
}
