#!/usr/bin/env bash
# Finds Trunk, wasm-bindgen, wasm-split-cli and wasm-opt in the versions this project builds with, installs those that are missing, and
# prints a PATH on which they come first. Trunk would download wasm-bindgen and wasm-opt itself; it is told not to (Trunk.toml), so
# that one lock file each, Cargo.lock and tools/package-lock.json, decides their versions.
set -euo pipefail
. "$(dirname "$0")/common.sh"

trunk=0.21.14
# locked CRATE: its version in Cargo.lock.
locked() { awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock; }
# The bindings' generator and the library must be of the very same version; what splits a program and what marks where, too.
wasm_bindgen=$(locked wasm-bindgen) wasm_split=$(locked wasm_split_helpers)

path=$PATH

# Some builds add their commit in brackets.
is() { [[ $("$1" --version 2>/dev/null) == "$2"?( *) ]]; }

# provide PROGRAM CRATE VERSION [OPTION…]: on the path already, or kept in the cache, or compiled now.
provide() {
  local program=$1 crate=$2 version=$3 place=$cache/$2-$3
  if is "$program" "$program $version"; then return; fi
  # Its place has the version in its name, as not every program tells its own.
  if [[ ! -x $place/bin/$program ]]; then
    say "installing $crate $version into $place; this takes a few minutes, once"
    cargo install "$crate" --version "$version" --root "$place" --force --quiet "${@:4}" >&2
  fi
  path=$place/bin:$path
}

# Trunk only calls other programs, so it need not be fast itself; unoptimised it compiles sooner. What the two have for
# talking to servers is left out, as neither downloads anything.
CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
  provide trunk trunk "$trunk" --locked --no-default-features
# Not --locked: version 0.2.130 cannot be installed so.
CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
  provide wasm-bindgen wasm-bindgen-cli "$wasm_bindgen" --no-default-features --bin wasm-bindgen
CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
  provide wasm-split-cli wasm_split_cli_support "$wasm_split" --locked --features build-binary
# What stands before them.
printf '%s\n' "$root/tools/bin:$path"
