#!/usr/bin/env bash
# Draws the site's icons from public/icon.svg anew, with the browser that the tests use; and with the word "preview" the
# picture that other sites show of this one (public/preview.jpg): default runs of twelve units at even distances, so that
# nobody picks. DGN names a dgn that is built already. With the word "page" those of the README, of the site that is built in dist/.
set -euo pipefail
. "$(dirname "$0")/common.sh"

browser=$(tools/browser.sh)
CHROMIUM=$(sed -n 's/^CHROMIUM=//p' <<<"$browser")
export CHROMIUM
case ${1:-} in
  page) exec tools/test.sh --test browser -- --ignored the_page_as_it_is_first_seen ;;
  preview) ;;
  *) exec node tools/pictures.mjs ;;
esac

count=12
if [[ -n ${DGN:-} ]]; then dgn=("$DGN"); else dgn=(cargo run --release --locked --quiet --); fi
mapfile -t units < <("${dgn[@]}" units --pack imagenet-128 | cut -f1)
chosen=()
for ((i = 0; i < count; i++)); do
  chosen+=(--unit "${units[(i * (${#units[@]} - 1) + (count - 1) / 2) / (count - 1)]}")
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${dgn[@]}" synthesize --pack imagenet-128 "${chosen[@]}" --out "$work"
node tools/pictures.mjs "$work" "${#units[@]}"
