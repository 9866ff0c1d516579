#!/usr/bin/env bash
# Runs all tests. Those in a browser find it in CHROMIUM and CHROMEDRIVER, and the site in dist/, which make has built.
# Arguments go to cargo test.
set -euo pipefail
. "$(dirname "$0")/common.sh"

browser=$(tools/browser.sh)
while IFS='=' read -r name path; do export "$name=$path"; done <<<"$browser"
# The release profile, since networks in an unoptimised build take minutes for what takes seconds, and since the command
# line's build is then the tests' build too.
cargo test --release --locked "$@"
