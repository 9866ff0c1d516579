# shellcheck shell=bash
# Sourced by every script here: where things are, and how to say what is missing.
# Scripts print results on standard output (another script reads them) and everything else on standard error.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Tools that take minutes to compile are kept outside the checkout, so that the next clone finds them.
# shellcheck disable=SC2034 # for the scripts that source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dgn-tools
cd "$root" || exit
# A shell opened before rustup was installed does not have its programs on the path yet.
PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin

say() { printf '%s\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least 18.4 20: whether the second version is the first or newer.
at_least() { printf '%s\n%s\n' "$1" "$2" | sort --check=quiet --version-sort; }

# apt_install PACKAGE…: as root, or through sudo. The reader is told first, since it changes the machine.
apt_install() {
  local as=()
  if [[ $(id -u) != 0 ]]; then
    have sudo || fail "these Debian packages are missing: $*. Ask an administrator for them, since there is no sudo here."
    as=(sudo)
  fi
  say "installing with apt-get: $*"
  "${as[@]}" apt-get update -qq >&2
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# For builds for WebAssembly only: the toolchain that has the target. The rest stays with the machine's own.
use_wasm32_toolchain() {
  RUSTUP_TOOLCHAIN=$(tools/wasm32.sh)
  export RUSTUP_TOOLCHAIN
}
