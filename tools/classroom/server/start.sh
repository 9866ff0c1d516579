#!/bin/sh
# Serves the page with the first program found here that can, and opens it in the browser; for the start files of Linux and
# macOS. Options (--lan) go to that program. What only stands there to say that it can be installed is no program: whatever
# does not tell its version is passed over.
cd "$(dirname "$0")" || exit 1

own=./dgn-serve-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)

# works PROGRAM: whether it starts.
works() { "$1" --version >/dev/null 2>&1; }

# On macOS the system's python3 asks to install developers' tools where they are not there yet.
has_python() {
  if [ "$(uname -s)" = Darwin ] && [ "$(command -v python3)" = /usr/bin/python3 ] && ! xcode-select -p >/dev/null 2>&1; then
    return 1
  fi
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 7))' >/dev/null 2>&1
}

if works "$own"; then exec "$own" ../site --open "$@"; fi
if has_python; then exec python3 serve.py ../site --open "$@"; fi
if works node; then exec node serve.mjs ../site --open "$@"; fi
if ruby -e 'require "webrick"' >/dev/null 2>&1; then exec ruby serve.rb ../site --open "$@"; fi
echo "Neither $own nor Python 3, Node.js or Ruby with WEBrick starts here. Install Python 3, and start this again." >&2
exit 1
