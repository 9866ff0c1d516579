#!/usr/bin/env bash
# Runs all tests. Those in a browser find it in CHROMIUM and CHROMEDRIVER, and the site in dist/, which make has built.
# Those of kernels take any Vulkan driver; where there is none, one that needs no hardware is installed.
# Arguments go to cargo test.
set -euo pipefail
. "$(dirname "$0")/common.sh"

browser=$(tools/browser.sh)
while IFS='=' read -r name path; do export "$name=$path"; done <<<"$browser"
if [[ $(uname) == Linux ]] && ! compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null &&
  ! compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null && [[ -z ${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}} ]]; then
  have apt-get || fail "the tests of kernels need a Vulkan driver; there is no apt-get here to install one. Install one: Mesa's lavapipe needs no hardware."
  apt_install libvulkan1 mesa-vulkan-drivers
fi
# What they take from npm, anew whenever the lock file has changed.
if [[ ! tests/browser/node_modules/.package-lock.json -nt tests/browser/package-lock.json ]]; then
  npm ci --prefix tests/browser --ignore-scripts >&2
fi
# The release profile, since networks in an unoptimised build take minutes for what takes seconds, and since the command
# line's build is then the tests' build too.
# On two cores three tests, as those in a browser also wait for it, and one more, which may wait for its turn
# (tests/browser/turns.rs).
if have nproc && (($(nproc) == 2)); then export RUST_TEST_THREADS=${RUST_TEST_THREADS:-4}; fi
cargo test --release --locked --package dgn --package dgn-in-browser "$@"
