"""``paasche methodologies``."""

from __future__ import annotations

import typer

from paasche import methodology

__all__ = ["methodologies"]


def methodologies() -> None:
    """List the bundled methodologies by name."""
    for name in methodology.bundled():
        typer.echo(name)
