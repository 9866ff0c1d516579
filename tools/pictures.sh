#!/usr/bin/env bash
# Draws the site's icons from public/icon.svg anew, with the browser that the tests use; and with a folder of pictures, as
# dgn synthesize writes them, the picture that other sites show of this one (public/preview.jpg).
set -euo pipefail
. "$(dirname "$0")/common.sh"

browser=$(tools/browser.sh)
CHROMIUM=$(sed -n 's/^CHROMIUM=//p' <<<"$browser") exec node tools/pictures.mjs "$@"
