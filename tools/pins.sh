#!/usr/bin/env bash
# Resolve the three pins files afresh from pyproject.toml. Run it as `make pins`.
#
# usage: tools/pins.sh PYTHON [OPTION ...]     options go to `uv pip compile`, for example --upgrade
#
# The pins hold for Python 3.11 and every later version on every system (--universal), carry hashes, and name no
# package index: where packages come from is the business of the machine that installs them.
set -euo pipefail

python=$1
shift
cd "$(dirname "$0")/.."

tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"$python" -m venv "$tool/venv"
"$tool/venv/bin/python" -m pip install --quiet uv

compile() {
    "$tool/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-emit-index-url --custom-compile-command "make pins" "$@"
}

compile "$@" pyproject.toml --output-file requirements/runtime.txt
compile "$@" requirements/build.in --constraint requirements/runtime.txt --output-file requirements/build.txt
compile "$@" pyproject.toml requirements/build.in --extra dev \
    --constraint requirements/runtime.txt --constraint requirements/build.txt --output-file requirements/dev.txt
