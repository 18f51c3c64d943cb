#!/usr/bin/env bash
# One abi3 wheel, and it works in bare environments: for each Python found, only what the wheel itself
# requires.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$1" -m venv "$scratch/build"
"$scratch/build/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$scratch/wheels" .
wheels=("$scratch"/wheels/*)
if [ "${#wheels[@]}" != 1 ] || [[ "${wheels[0]}" != *-cp311-abi3-*.whl ]]; then
    echo "pip wheel: must give one abi3 wheel, gave ${wheels[*]##*/}"
    exit 1
fi
wheel=${wheels[0]}
echo "passed pip wheel: ${wheel##*/}"
for python in "$1" python3.12 python3.13; do
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "skipped $python: not there"
        continue
    fi
    "$python" -m venv "$scratch/venv-$python"
    bin="$scratch/venv-$python/bin"
    "$bin/python" -m pip install --quiet "$wheel"
    (cd "$scratch" && "$bin/paasche" demo --out "$scratch/demo-$python" >"$scratch/out" 2>&1) ||
        { cat "$scratch/out"; exit 1; }
    test -s "$scratch/demo-$python/factsheet.html"
    (cd "$scratch" && "$bin/python" -m paasche --version >/dev/null)
    (cd "$scratch" && "$bin/python" -c 'import paasche; paasche.show_versions()' >/dev/null)
    echo "passed $("$bin/python" --version): paasche demo and its factsheet in a bare environment"
done
