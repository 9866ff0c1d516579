#!/usr/bin/env bash
# Serves dist/ on this machine only, until interrupted, and prints the address. Where the port (PORT) is taken, another is
# used.
set -euo pipefail
. "$(dirname "$0")/common.sh"

exec node tools/serve.mjs
