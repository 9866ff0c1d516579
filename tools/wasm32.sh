#!/usr/bin/env bash
# Gives this machine's Rust the target wasm32-unknown-unknown, and prints the name of the toolchain that has it.
# WASM32_TOOLCHAIN names another toolchain that has it already, where rustup cannot fetch it.
set -euo pipefail
. "$(dirname "$0")/common.sh"

target=wasm32-unknown-unknown

if [[ -n ${WASM32_TOOLCHAIN:-} ]]; then
  echo "$WASM32_TOOLCHAIN"
  exit
fi
# A server that cannot be reached may also never answer.
rustup target list --installed 2>/dev/null | grep -qx "$target" || timeout 120 rustup target add "$target" >&2 ||
  fail "rustup could not fetch the target $target. Check the network, then run 'rustup target add $target'; or name a toolchain that has it in WASM32_TOOLCHAIN."
rustup show active-toolchain | cut -d' ' -f1
