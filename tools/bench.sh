#!/usr/bin/env bash
# Measures what a step costs, on this machine and in a browser on it beside TensorFlow.js and jax-js, and what a visitor
# downloads.
# A word chooses what is measured (native, cpu, webgpu, issue, threads, runs, opening, tasks), or the pack that is measured beside them.
set -euo pipefail
. "$(dirname "$0")/common.sh"

browser=$(tools/browser.sh)
while IFS='=' read -r name path; do export "$name=$path"; done <<<"$browser"
if [[ ! tests/bench/node_modules/.package-lock.json -nt tests/bench/package-lock.json ]]; then
  npm ci --prefix tests/bench --ignore-scripts >&2
fi

say "what a visitor downloads, compressed as most hosts do (gzip):"
for file in dist/*.wasm dist/threads-*/*.wasm; do
  [[ -f $file ]] || continue
  printf '%8d KB  %s\n' $(($(gzip -9 <"$file" | wc -c) / 1000)) "${file#dist/}"
done
cargo bench --locked --package dgn-in-browser --bench speed -- "$@"
