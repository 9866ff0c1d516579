#!/usr/bin/env bash
# Gives this machine a Rust toolchain that builds for wasm32-unknown-unknown, and prints the toolchain's name.
# Where rustup can fetch the target, that is all. Where it cannot (no route to Rust's servers), Debian's rustc-web and
# its sources serve: the standard library is built from them once, in about half a minute, and laid into that compiler's
# own folder; rustup then knows the compiler as the toolchain "debian".
set -euo pipefail
# shellcheck source=tools/common.sh
. "$(dirname "$0")/../tools/common.sh"

target=wasm32-unknown-unknown
library=/usr/lib/rustlib/$target/lib

# With bitcode, without which the page could not be compiled as one (profile.page in Cargo.toml).
library_is_ready() { grep -qs llvmbc "$library"/libstd-*.rlib; }
debian_is_ready() { rustup toolchain list | grep -q '^debian' && library_is_ready; }

# Asked before rustup is, which would wait for the network again on every build.
if ! rustup target list --installed 2>/dev/null | grep -qx "$target" && debian_is_ready; then
  echo debian
  exit
fi
if tools/wasm32.sh; then exit; fi

have apt-get || fail "this system has no apt-get to fall back on."
say "taking Debian's compiler instead"
if ! library_is_ready; then
  apt_install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy lld-22
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  mkdir "$build/src"
  : >"$build/src/lib.rs"
  printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2024"\n' >"$build/Cargo.toml"
  # CARGO_TARGET_DIR may be set for this project's own builds, and the copy below must find this one's.
  (cd "$build" && env RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes \
    CARGO_TARGET_DIR="$build/target" /usr/bin/cargo build --quiet --release \
    -Zbuild-std=std,panic_abort,proc_macro,test --target "$target" >&2)
  as=()
  if [[ $(id -u) != 0 ]]; then as=(sudo); fi
  "${as[@]}" mkdir -p "$library"
  "${as[@]}" rm -f "$library"/*.rlib
  rm -f "$build/target/$target/release/deps"/libseed-*.rlib
  "${as[@]}" cp "$build/target/$target/release/deps/"*.rlib "$library/"
fi
rustup toolchain list | grep -q '^debian' || rustup toolchain link debian /usr >&2
echo debian
