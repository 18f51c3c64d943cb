"""How a value is written in TOML."""

from __future__ import annotations

import json
from datetime import date

from paasche.methodology.section import Section

__all__ = ["as_toml"]


def as_toml(value: object) -> str:
    """Return a value as it is written in TOML.

    Examples
    --------
    >>> as_toml({"value": 0.1, "assumed": "notice"})
    '{ value = 0.1, assumed = "notice" }'
    """
    if isinstance(value, Section):
        value = value.model_dump(exclude_none=True)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {as_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_toml(inner) for inner in value)}]"
    if isinstance(value, date):
        return str(value)
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
