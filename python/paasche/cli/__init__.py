"""The command ``paasche``: reads options, calls the other rooms, prints tables.

Nothing is calculated here. One file holds one command; `app` binds them together and turns errors
into messages and exit codes: 0 done, 2 refused, 130 interrupted. Help and ``--version`` load no
polars; a command loads what it needs when it runs.
"""

from paasche.cli.app import app, main

__all__ = ["app", "main"]
