#!/usr/bin/env bash
# Builds what computes by threads in a browser (src/threads) with its bindings, and prints the folder where they are. Rust's
# own library is built with it, as the one that comes with the toolchain knows no threads of a browser; that takes the
# library's sources, and RUSTC_BOOTSTRAP, as a stable toolchain does it only when told that this is meant.
# Where the sources cannot be had nothing is printed: the page then computes with one thread everywhere.
set -euo pipefail
. "$(dirname "$0")/common.sh"

use_wasm32_toolchain
PATH=$(tools/site-tools.sh)
export PATH

if [[ ! -d $(rustc --print sysroot)/lib/rustlib/src/rust/library ]] &&
  ! timeout 300 rustup component add rust-src >&2; then
  say "without rust-src, Rust's own sources, the page goes without threads; 'rustup component add rust-src' fetches them"
  exit
fi

target=${CARGO_TARGET_DIR:-target}/threads
features=+simd128,+atomics,+bulk-memory,+mutable-globals
# The memory is shared, made outside, and as large as the engine's may become (src/engine/memory.rs); each thread has an area
# of its own in it, which the bindings set up through these exports.
flags=(-Ctarget-feature="$features" -Clink-arg=--shared-memory -Clink-arg=--import-memory -Clink-arg=--max-memory=2147483648)
for export in __wasm_init_tls __tls_size __tls_align __tls_base; do flags+=(-Clink-arg=--export="$export"); done
RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]}" CARGO_TARGET_DIR=$target \
  cargo build --release --locked --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort --package dgn-threads >&2

compiled=$target/wasm32-unknown-unknown/release/dgn_threads.wasm
if [[ ! $target/site/threads_bg.wasm -nt $compiled || ! $target/site/threads_bg.wasm -nt tools/threads.sh ]]; then
  rm -rf "$target/site"
  wasm-bindgen --target web --no-typescript --out-dir "$target/bound" --out-name threads "$compiled" >&2
  wasm-opt "$target/bound/threads_bg.wasm" -o "$target/bound/threads_bg.wasm" -O3 --enable-threads --enable-simd \
    --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int \
    --enable-mutable-globals --enable-reference-types --enable-multivalue >&2
  mv "$target/bound" "$target/site"
fi
printf '%s\n' "$target/site"
