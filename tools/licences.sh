#!/usr/bin/env bash
# Fails where something that a program is built from is under no licence that goes with the project's own (MIT): of
# alternatives one has to be among those allowed, of licences that hold together each.
set -euo pipefail
. "$(dirname "$0")/common.sh"

allowed='MIT|MIT-0|Apache-2.0|Apache-2.0 WITH LLVM-exception|BSD-[23]-Clause|0BSD|BSL-1.0|CC0-1.0|ISC|MPL-2.0'
allowed+='|Unicode-3.0|Unlicense|Zlib'
found=$(cargo tree --locked --workspace --edges normal --target all --all-features --prefix none --format '{l}|{p}')
left=$(awk -F'|' -v allowed="^($allowed)$" '
  NF { gsub(/[()]/, "", $1); right = $1 != ""
    for (i = split($1, together, / AND /); i > 0; i--) {
      one = 0
      for (j = split(together[i], alternatives, / OR | *\/ */); j > 0; j--) if (alternatives[j] ~ allowed) one = 1
      if (!one) right = 0
    }
    if (!right) print "  " $2 ": " ($1 == "" ? "no licence is stated" : $1) }' <<<"$found" | sort -u)
if [[ -n $left ]]; then fail "these packages are under licences that are not allowed (tools/licences.sh):"$'\n'"$left"; fi
