"""Read one file of rule tables."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any

__all__ = ["read_table"]


def read_table(name: str) -> dict[str, Any]:
    """Return the tables of one file by name; decimals stay the decimals that are written."""
    path = files("paasche.methodology") / "tables" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
