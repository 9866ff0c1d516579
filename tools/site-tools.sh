#!/usr/bin/env bash
# Finds Trunk, wasm-bindgen and wasm-opt in the versions this project builds with, installs those that are missing, and
# prints a PATH on which they come first. Trunk would download the latter two itself; it is told not to (Trunk.toml), so
# that one lock file each, Cargo.lock and tools/package-lock.json, decides their versions.
set -euo pipefail
. "$(dirname "$0")/common.sh"

trunk=0.21.14
# The bindings' generator and the library must be of the very same version.
wasm_bindgen=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock)

path=$root/tools/bin:$PATH

# Some builds add their commit in brackets.
is() { [[ $("$1" --version 2>/dev/null) == "$2"?( *) ]]; }

# provide PROGRAM CRATE VERSION [OPTION…]: on the path already, or kept in the cache, or compiled now.
provide() {
  local program=$1 crate=$2 version=$3 place=$cache/$2-$3
  if is "$program" "$program $version"; then return; fi
  if ! is "$place/bin/$program" "$program $version"; then
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
printf '%s\n' "$path"
