"""Rule numbers: how they are written, and in which order they stand."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TITLES = tomllib.loads((Path(__file__).parent / "titles.toml").read_text(encoding="utf-8"))
"""Titles by rule, in the order of the page."""

NUMBER = r"(?:[A-Z]\d+|B\.\d)"
_RANGE = re.compile(r"\b([A-Z])(\d+)\s*(?:to|-|–)\s*([A-Z])(\d+)\b")


def numbers(text):
    """Return the rules that a text names one by one, and those it names by a range.

    >>> numbers("R7, R12 to R14")
    (['R7'], ['R12', 'R13', 'R14'])
    """
    ranged = [
        f"{kind}{number}"
        for kind, first, _, last in _RANGE.findall(text)
        for number in range(int(first), int(last) + 1)
    ]
    return re.findall(rf"\b{NUMBER}\b", _RANGE.sub("", text)), ranged
