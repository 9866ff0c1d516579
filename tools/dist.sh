#!/usr/bin/env bash
# Builds the site into dist/: the threads first; then Trunk compiles the page and the engine and calls wasm-bindgen, wasm-opt
# and tools/site.mjs. Where SITE_URL says at which address the site will lie, what other sites show of it is found there.
set -euo pipefail
. "$(dirname "$0")/common.sh"

# Trunk runs offline, and cargo under it, so what cargo needs is fetched before.
cargo fetch --locked --quiet
use_wasm32_toolchain
PATH=$(tools/site-tools.sh)
export PATH
# For tools/site.mjs.
THREADS=$(tools/threads.sh)
export THREADS
# Where tools/bin/wasm-bindgen lays the parts of the page's program.
PARTS=$(realpath -m "${CARGO_TARGET_DIR:-target}")/parts
export PARTS
# Trunk reads NO_COLOR as a boolean, and stops at the usual NO_COLOR=1.
if [[ -n ${NO_COLOR:-} ]]; then export NO_COLOR=true; fi
trunk build
# What a visitor waits for before anything else, as hosts send it.
say "the page's program: $(gzip -9nc dist/page-*.wasm | wc -c) bytes with gzip, and its script $(gzip -9nc dist/page-*.js | wc -c)"
