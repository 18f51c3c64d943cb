"""A market on its way to other processes: checked once, taken apart, put together there.

Who carries the pieces is another matter: files of this machine, or a store of objects.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from paasche.market.market import Market

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Pieces", "lay_down", "pick_up", "put_together", "taken_apart"]


class Pieces(NamedTuple):
    """What a checked market is made of, in kinds that can be carried without a copy of each reader.

    Attributes
    ----------
    tables : dict of str to polars.DataFrame
        Every row that was ever known.
    positions : dict of str to int32 array
        Where the securities of a table's rows stand: numbering them takes longer than reading them.
    said : str
        All else, as JSON.
    """

    tables: dict[str, pl.DataFrame]
    positions: dict[str, np.ndarray]
    said: str


def taken_apart(market: Market) -> Pieces:
    """Return the pieces of a market.

    Parameters
    ----------
    market : Market
    """
    numbered = "prices" in market and market.versions("prices") is market["prices"]
    known_at = None if market.known_at is None else market.known_at.isoformat()
    return Pieces(
        tables={name: market.versions(name) for name in market.tables},
        positions={"prices": market.positions("prices")} if numbered else {},
        said=json.dumps({"source": market.source, "known_at": known_at}),
    )


def put_together(pieces: Pieces) -> Market:
    """Return the market that was taken apart; it was checked then.

    Parameters
    ----------
    pieces : Pieces
    """
    said = json.loads(pieces.said)
    known_at = said["known_at"]
    return Market(
        pieces.tables,
        source=said["source"],
        known_at=None if known_at is None else datetime.fromisoformat(known_at),
        positions={(name, "security"): rows for name, rows in pieces.positions.items()},
    )


def lay_down(market: Market, folder: Path) -> None:
    """Write a market for processes of this machine.

    Parameters
    ----------
    market : Market
    folder : Path
        Is there and is empty.
    """
    pieces = taken_apart(market)
    for name, table in pieces.tables.items():
        # In one batch: a market joins batches, and what is joined is a copy.
        rows = max(table.height, 1)
        table.write_ipc(folder / f"{name}.arrow", record_batch_size=rows)
    for name, positions in pieces.positions.items():
        np.save(folder / f"{name}.npy", positions)
    order = {"tables": list(pieces.tables), "positions": list(pieces.positions)}
    said = json.dumps({**order, "said": pieces.said})
    (folder / "market.json").write_text(said, encoding="utf-8")


def pick_up(folder: Path) -> Market:
    """Return the market that another process laid down; its files are mapped, not read.

    Parameters
    ----------
    folder : Path
    """
    said = json.loads((folder / "market.json").read_text(encoding="utf-8"))
    return put_together(
        Pieces(
            # A scan maps the file; read_ipc would make a copy for each process.
            {name: pl.scan_ipc(folder / f"{name}.arrow").collect() for name in said["tables"]},
            {
                name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
                for name in said["positions"]
            },
            said["said"],
        )
    )
