#!/usr/bin/env bash
# Builds the documentation, warnings as errors.
set -euo pipefail
. "$(dirname "$0")/common.sh"

RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --no-deps
