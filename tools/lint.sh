#!/usr/bin/env bash
# Formatting, licences, and lints with warnings as errors: these once for the machine, then for each WebAssembly program with
# its own features, as together they would turn on each other's. In the profiles that they are built in, so that what is
# compiled serves other targets.
# With the word "format" the lints are left out: CI has them beside the builds (.ci/rustc).
set -euo pipefail
. "$(dirname "$0")/common.sh"

# need_component COMPONENT COMMAND: rustup's minimal profile comes without them.
need_component() { cargo "$2" --version >/dev/null 2>&1 || rustup component add "$1" >&2; }

need_component rustfmt fmt
say "cargo fmt"
cargo fmt --all --check
say "licences"
tools/licences.sh
# Not installed for this alone.
if have shellcheck; then
  say "shellcheck"
  shellcheck tools/*.sh tools/bin/* tools/classroom/*.sh tools/classroom/*.command tools/classroom/server/*.sh .ci/*
fi
if [[ ${1:-} == format ]]; then exit; fi
need_component clippy clippy
say "clippy: this machine"
cargo clippy --release --locked --package dgn --package dgn-in-browser --all-targets -- -D warnings
use_wasm32_toolchain
need_component clippy clippy
for program in page engine; do
  say "clippy: $program, wasm32"
  profile=release
  if [[ $program == page ]]; then profile=page; fi
  cargo clippy --profile "$profile" --locked --target wasm32-unknown-unknown --no-default-features --features "$program" \
    --lib --bin "$program" -- -D warnings
done
say "clippy: threads, wasm32"
RUSTC_WORKSPACE_WRAPPER=$PWD/.ci/rustc tools/threads.sh >/dev/null
