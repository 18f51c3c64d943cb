"""A market on its way to other processes: checked once, taken apart, put together there.

Who carries the pieces is another matter: files of this machine, or a store of objects.
"""

from __future__ import annotations

import json
from datetime import datetime
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from paasche.market.market import Market

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Pieces",
    "lay_down",
    "open_arrow",
    "pick_up",
    "put_together",
    "taken_apart",
    "write_arrow",
]


class Pieces(NamedTuple):
    """What a checked market is made of.

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
        write_arrow(table, folder / f"{name}.arrow")
    for name, positions in pieces.positions.items():
        np.save(folder / f"{name}.npy", positions)
    said = {
        "tables": list(pieces.tables),
        "positions": list(pieces.positions),
        "said": pieces.said,
    }
    (folder / "market.json").write_text(json.dumps(said), encoding="utf-8")


def pick_up(folder: Path) -> Market:
    """Return the market that another process laid down.

    Parameters
    ----------
    folder : Path
    """
    said = json.loads((folder / "market.json").read_text(encoding="utf-8"))
    tables = {
        name: open_arrow(np.memmap(folder / f"{name}.arrow", np.uint8, "r"))
        for name in said["tables"]
    }
    positions = {
        name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
        for name in said["positions"]
    }
    return put_together(Pieces(tables, positions, said["said"]))


def write_arrow(table: pl.DataFrame, file: Path | IO[bytes]) -> None:
    """Write a table as an Arrow file in one batch: a market joins batches, which is a copy.

    Parameters
    ----------
    table : polars.DataFrame
    file : Path or file
    """
    table.write_ipc(file, record_batch_size=max(table.height, 1))


def open_arrow(file: np.ndarray) -> pl.DataFrame:
    """Return the table of an Arrow file.

    With pyarrow its columns stay where the file lies. polars alone makes a copy of them.

    Parameters
    ----------
    file : uint8 array of shape (n_bytes,)
        Mapped memory, which processes share.
    """
    if find_spec("pyarrow") is None:
        return pl.read_ipc(file.tobytes())
    from pyarrow import ipc, py_buffer  # noqa: PLC0415

    return pl.DataFrame(ipc.open_file(py_buffer(file)).read_all())
