#!/usr/bin/env bash
# The wheel works in bare environments: for each Python found, only what the wheel itself requires.
set -euo pipefail
cd "$(dirname "$0")/.."
wheel=$(ls "$PWD"/target/wheels/*.whl)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
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
    echo "passed $("$bin/python" --version): paasche demo in a bare environment"
done
