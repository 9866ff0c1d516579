#!/usr/bin/env bash
# Measures in one go what can be measured on this machine's own graphics processor: steps natively, compiled and by Burn, several
# runs at once, each kernel by the device's clock beside its multiplications and bytes; then in Chromium beside the peers, and
# whether its pictures are the processor's.
# On a machine that cannot build, DGN names the command line and SPEED the measurements' program (target/release/deps/speed-…),
# built elsewhere; CHROMIUM and CHROMEDRIVER the browser's. Without a browser that part is left out.
set -euo pipefail
. "$(dirname "$0")/common.sh"

if [[ -z ${DGN:-} ]]; then
  cargo build --release --locked --bin dgn >&2
  DGN=target/release/dgn
fi
export DGN_ADAPTER=own

for run in caffenet-64 imagenet-128 'imagenet-128 --classifier resnet18' 'imagenet-128 --classifier efficientnet-lite1'; do
  read -ra options <<<"--engine webgpu --pack $run"
  printf '\n== %s\n' "$run"
  for batch in 1 9 16 64; do
    printf '\n%d at once:\n' "$batch"
    "$DGN" bench "${options[@]}" --plain --steps 100 --batch "$batch" || say "not measured: $run, $batch at once"
  done
  printf '\nEach kernel of one run:\n'
  "$DGN" bench "${options[@]}" --kernels --steps 50 || say "not measured: the kernels of $run"
done

if [[ -z ${CHROMIUM:-} ]] && ! browser=$(tools/browser.sh); then
  say "no browser: what it would show is left out"
  exit
fi
while IFS='=' read -r name path; do [[ -z $name ]] || export "$name=$path"; done <<<"${browser:-}"
printf '\n== in Chromium\n'
if [[ -n ${SPEED:-} ]]; then
  "$SPEED" webgpu page
else
  tools/bench.sh webgpu page
  tools/test.sh --test browser -- --ignored
fi
