#!/usr/bin/env bash
# Looks for what these scripts do not install themselves, and says in one sentence what to do about what is missing.
# It runs first, since without it a machine without a C compiler finds out after ten minutes of compiling.
set -euo pipefail
. "$(dirname "$0")/common.sh"

oldest_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
oldest_node=18

have rustup || fail "Rust's installer rustup was not found. Install it as rust-lang.org describes, then run this again."
have cargo || fail "rustup is there, but cargo is not. Run 'rustup default stable', then run this again."
rust=$(rustc --version 2>/dev/null | cut -d' ' -f2) || fail "rustc does not start. Run 'rustup default stable', then run this again."
at_least "$oldest_rust" "${rust%%-*}" ||
  fail "this Rust is $rust, but $oldest_rust or newer is needed. Run 'rustup update stable', then run this again."
have cc || fail "there is no C compiler (cc). On Debian and Ubuntu: apt-get install build-essential."
have node || fail "Node.js was not found; version $oldest_node or newer is needed, and npm with it. On Debian 12: apt-get install npm."
node=$(node --version)
at_least "$oldest_node" "${node#v}" ||
  fail "this Node.js is ${node#v}, but $oldest_node or newer is needed. Install a newer one from nodejs.org."
have npm || fail "Node.js is there, but npm is not. On Debian and Ubuntu: apt-get install npm."
