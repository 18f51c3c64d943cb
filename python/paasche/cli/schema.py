"""``paasche schema``."""

from __future__ import annotations

import json

import typer

from paasche import methodology

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema of a methodology file, for editors."""
    typer.echo(json.dumps(methodology.json_schema(), indent=2, ensure_ascii=False))
