#!/usr/bin/env bash
# Finds Chromium (or Chrome) and a chromedriver of the same major version, installs Debian's where there is none, and
# prints the two paths as CHROMIUM=… and CHROMEDRIVER=…. Values already in the environment are kept.
set -euo pipefail
. "$(dirname "$0")/common.sh"

first() {
  local name
  for name; do
    if have "$name"; then
      command -v "$name"
      return
    fi
  done
}
find_browser() { first chromium chromium-browser google-chrome google-chrome-stable; }
find_driver() { first chromedriver chromium.chromedriver; }
major() { "$1" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+){2,3}' | head -n1 | cut -d. -f1 || true; }

browser=${CHROMIUM:-$(find_browser)}
driver=${CHROMEDRIVER:-$(find_driver)}
if [[ -z $browser || -z $driver ]]; then
  have apt-get || fail "the browser tests need Chromium and a chromedriver of the same version; there is no apt-get here to install them. Install both, or set CHROMIUM and CHROMEDRIVER to their paths."
  if apt-cache policy chromium-driver 2>/dev/null | grep -q 'Candidate: [0-9]' || [[ -f /etc/debian_version && $(. /etc/os-release && echo "$ID") == debian ]]; then
    apt_install chromium chromium-driver
  else
    # Ubuntu has both as snaps, under these names.
    apt_install chromium-browser chromium-chromedriver
  fi
  browser=${CHROMIUM:-$(find_browser)}
  driver=${CHROMEDRIVER:-$(find_driver)}
  [[ -n $browser && -n $driver ]] || fail "Chromium and chromedriver were installed, but are not on the path. Set CHROMIUM and CHROMEDRIVER to their paths."
fi
versions="$(major "$browser") $(major "$driver")"
[[ ${versions% *} == "${versions#* }" && $versions != " " ]] ||
  fail "$browser and $driver do not fit together (major versions: $versions). Install a pair of one version, or set CHROMIUM and CHROMEDRIVER."
printf 'CHROMIUM=%s\nCHROMEDRIVER=%s\n' "$browser" "$driver"
