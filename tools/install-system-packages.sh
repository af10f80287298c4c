#!/bin/sh
# Make sure that what the browser tests need is there: Chromium, a font with Chinese characters, and pdftotext.
#
# Does nothing where all are present. On Debian and Ubuntu installs what is missing; elsewhere says what is needed.
# Without them the browser tests are skipped, except in CI, where their absence is an error.
set -u

missing=
found=
for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" >/dev/null 2>&1 && found=$browser
done
[ -n "$found" ] || missing="chromium"
if ! { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; }; then
    missing="${missing:+$missing }fonts-noto-cjk"
fi
# Reads the text of printed maps back out of their PDF.
command -v pdftotext >/dev/null 2>&1 || missing="${missing:+$missing }poppler-utils"
[ -n "$missing" ] || exit 0

give_up() {
    echo "urbangeo: $1" >&2
    echo "The browser tests need Chromium (or Google Chrome) on the PATH, a font with Chinese characters and pdftotext" >&2
    echo "(Debian and Ubuntu: chromium, fonts-noto-cjk, poppler-utils). Missing here: $missing." >&2
    [ -z "${CI:-}" ] || exit 1
    echo "They will be skipped." >&2
    exit 0
}

command -v apt-get >/dev/null 2>&1 || give_up "this system has no apt-get, so nothing is installed for you."
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
    [ -t 0 ] || as_root="sudo -n"
else
    give_up "installing system packages needs root or sudo."
fi

echo "Installing system packages for the browser tests: $missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  # both lists are meant to be split
if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends $missing fontconfig; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    give_up "apt-get could not install: $missing."
fi
