#!/bin/sh
# Print a Python that can make urbangeo's environment (3.11 or later, with venv and pip), or say what is missing.
#
# usage: tools/find-python.sh [PYTHON]     a PYTHON given is the only one tried
set -u

check='import sys; sys.exit(0 if sys.version_info >= (3, 11) else 3)'
without_venv=

for candidate in ${1:+"$1"} $([ -n "${1:-}" ] || echo python3 python3.14 python3.13 python3.12 python3.11 python); do
    "$candidate" -c "$check" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "$candidate"
        exit 0
    fi
    without_venv=${without_venv:-$candidate}
done

if [ -n "$without_venv" ]; then
    version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "urbangeo: $without_venv (Python $version) cannot make virtual environments." >&2
    echo "On Debian or Ubuntu install the missing part first: apt-get install python3-venv (or python$version-venv)." >&2
else
    echo "urbangeo: no Python 3.11 or later found${1:+ at $1}." >&2
    echo "Install one, or name it: make atlas PYTHON=/path/to/python3.12" >&2
fi
exit 1
