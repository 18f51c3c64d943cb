"""What an import costs: `import paasche` beside `import numpy`, each in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import paasche

ROUNDS = 11


def importing(name: str) -> None:
    path = {"PYTHONPATH": str(Path(paasche.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", f"import {name}"], env=os.environ | path, check=True)


def test_import(duel):
    duel(
        "import, beside numpy alone",
        "",
        lambda: importing("numpy"),
        lambda: importing("paasche"),
        ROUNDS,
    )
