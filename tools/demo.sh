#!/usr/bin/env bash
# Serves dist/ on this machine only, until interrupted, and prints the address. Where the port is taken, another is used.
set -euo pipefail
. "$(dirname "$0")/common.sh"

port=${PORT:-8080}
# The server prefers these two variables to its arguments.
unset HOST PORT
# --dev: files are looked up at each request, so that make dist may run meanwhile. Of what the server says, only the
# address is of use: its others cannot be reached.
exec tools/node_modules/.bin/sirv dist --host 127.0.0.1 --port "$port" --dev --no-clear --no-logs \
  > >(sed --unbuffered -n 's|.*- Local: *\(http://[0-9.:]*\).*|The page is at \1/ (Ctrl+C stops the server)|p')
