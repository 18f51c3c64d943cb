"""A market on its way to other processes of the machine: checked once, written once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.market import Market

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["lay_down", "pick_up"]


def lay_down(market: Market, folder: Path) -> None:
    """Write a checked market for processes of this machine, with every row it ever knew.

    Parameters
    ----------
    market : Market
    folder : Path
        Is there and is empty.
    """
    for name in market.tables:
        market.versions(name).write_ipc(folder / f"{name}.arrow")
    # Numbering the securities of a large table takes longer than reading it.
    if "prices" in market and market.versions("prices") is market["prices"]:
        np.save(folder / "prices.npy", market.positions("prices"))
    said = {
        "tables": market.tables,
        "source": market.source,
        "known_at": None if market.known_at is None else market.known_at.isoformat(),
    }
    (folder / "market.json").write_text(json.dumps(said), encoding="utf-8")


def pick_up(folder: Path) -> Market:
    """Return the market that another process laid down; it was checked there.

    Parameters
    ----------
    folder : Path
    """
    said = json.loads((folder / "market.json").read_text(encoding="utf-8"))
    numbered = folder / "prices.npy"
    positions = {}
    if numbered.exists():
        positions["prices", "security"] = np.asarray(np.load(numbered, mmap_mode="r"))
    known_at = said["known_at"]
    return Market(
        {name: pl.read_ipc(folder / f"{name}.arrow") for name in said["tables"]},
        source=said["source"],
        known_at=None if known_at is None else datetime.fromisoformat(known_at),
        positions=positions,
    )
