#!/usr/bin/env bash
# Makes target/classroom/deep-generator-classroom, and a zip of it: the site that stands in dist/, the small server for this
# machine's kind, and start files for Windows, macOS and Linux, which serve the site with what they find.
# A server for another kind of machine is laid into its folder “server” from a machine of that kind: dgn-serve-darwin-arm64,
# dgn-serve-windows-x86_64.exe. The start files look for those names.
set -euo pipefail
. "$(dirname "$0")/common.sh"

name=deep-generator-classroom
out=target/classroom
folder=$out/$name
site=${1:-dist}
[[ -f $site/index.html ]] || fail "$site holds no index.html. Run 'make dist', then run this again."
have python3 || apt_install python3

# build_server: prints where the program is. Where Rust's musl libraries are to be had it needs no libraries of the system.
build_server() {
  local target
  target=$(rustc -vV | sed -n 's/^host: //p')
  if [[ $target == *-linux-gnu ]]; then
    local static=${target%-gnu}-musl
    if rustup target add "$static" >/dev/null 2>&1; then
      target=$static
    else
      say "Rust's libraries for $static cannot be had, so dgn-serve needs this system's C library ($(getconf GNU_LIBC_VERSION)) or a newer one."
    fi
  fi
  cargo build --release --locked --package dgn-serve --target "$target" >&2
  printf '%s/%s/release/dgn-serve\n' "${CARGO_TARGET_DIR:-target}" "$target"
}

rm -rf "$folder" "$folder.zip"
mkdir -p "$folder/site" "$folder/licences"
cp -R tools/classroom/. "$folder/"
cp -R "$site/." "$folder/site/"
# What our own server sends in place of the large programs to browsers that can unpack it: a quarter of the bytes, thirty times.
find "$folder/site" \( -name '*.wasm' -o -name '*.js' -o -name '*.css' -o -name '*.json' \) -size +16k -exec gzip -9nk {} +
program=$(build_server)
cp "$program" "$folder/server/dgn-serve-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)"
cp LICENSE weights/NOTICE weights/LICENSE-APACHE "$folder/licences/"
node tools/notices.mjs >"$folder/licences/libraries.txt"
# Python's, as it says that names are UTF-8, which Windows reads no other way, and keeps what may be started.
python3 -c 'import shutil, sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[2], sys.argv[3])' "$folder" "$out" "$name"
say "$folder: $(du -sh "$folder" | cut -f1); $folder.zip: $(du -h "$folder.zip" | cut -f1)"
