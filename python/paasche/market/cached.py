"""Dense panels of files, laid out once on disk and mapped into memory from then on."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from paasche.errors import InputError
from paasche.market import blocks
from paasche.market.joining import joined
from paasche.market.laying import laid_out
from paasche.market.long_files import LongFile
from paasche.market.panels import Panels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paasche.market.blocks import Block, Slab

__all__ = ["block_of", "cached_panels"]


def cached_panels(
    files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    columns: Sequence[str],
    *,
    memory: int | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Panels:
    """Return dense panels of files of any size, from the cache where they lie there already.

    Parameters
    ----------
    files : path or sequence of paths
        Parquet or CSV files with the columns ``date``, ``security`` and ``columns``, rows in any
        order, no row of one in another.
    columns : sequence of str
        Columns of figures.
    memory : int, optional
        Bytes that building the panels may take; None: as many as they need.
    cache : str or path, optional
        Folder of the cache; None: ``$PAASCHE_CACHE``, else ``$XDG_CACHE_HOME/paasche``, else
        ``~/.cache/paasche``. It may be removed at any time.

    Returns
    -------
    Panels
        As `read_panels` reads them, to the last bit; the values are mapped from the cache and
        cannot be written.

    Raises
    ------
    InputError
        A file cannot be read, lacks a column, has an empty date or security, or two rows are of one
        security and date; a file changed while it was read; the cache cannot be written.

    Notes
    -----
    A file is known by its content, not by its name or time. Of several files those that changed are
    read again.

    Examples
    --------
    >>> import tempfile
    >>> import polars as pl
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = {"date": ["2024-01-02", "2024-01-03"], "security": ["A", "B"], "close": [1.0, 2.0]}
    >>> pl.DataFrame(rows).write_csv(folder / "closes.csv")
    >>> cached_panels(folder / "closes.csv", ["close"], cache=folder / "cache").values["close"]
    memmap([[ 1., nan],
            [nan,  2.]])
    """
    places = [Path(files)] if isinstance(files, str | os.PathLike) else [Path(one) for one in files]
    if not places:
        raise InputError("files = []: must name at least one file")
    if memory is not None and memory < 1:
        raise InputError(f"memory = {memory}: must be at least 1 byte")
    budget = sys.maxsize if memory is None else memory
    found = [
        block_of(LongFile(place, columns), columns, memory=budget, cache=cache) for place in places
    ]
    home = _home(cache)
    block = found[0] if len(found) == 1 else _joined(places, found, columns, home, budget)
    return Panels(
        block.days.astype("datetime64[D]"),
        block.securities,
        {name: block.panel(name) for name in columns},
    )


def _home(cache: str | os.PathLike[str] | None) -> Path:
    if cache is not None:
        return Path(cache) / "panels"
    if named := os.environ.get("PAASCHE_CACHE"):
        return Path(named) / "panels"
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "paasche" / "panels"


def block_of(
    file: LongFile,
    columns: Sequence[str],
    *,
    memory: int,
    cache: str | os.PathLike[str] | None = None,
    ground: str | None = None,
) -> Block:
    """Return the block of one file, built where the cache has none.

    Parameters
    ----------
    file : LongFile
    columns : sequence of str
        Figures.
    memory : int
        Bytes that building it may take.
    cache : str or path, optional
        As for `cached_panels`.
    ground : str, optional
        What the rows are read by beside the file itself.

    Raises
    ------
    InputError
        As `cached_panels` does, and whatever the file refuses.
    """
    before = _stamp(file)
    parts = [file.place.suffix.lower(), *columns, _content(file)]
    place = _home(cache) / _key(*parts, *([] if ground is None else [ground]))
    found = blocks.find(place)
    if found is not None:
        return found
    days, securities, slabs = laid_out(file, columns, memory)

    def while_it_stays() -> Iterator[Slab]:
        yield from slabs
        if _stamp(file) != before:
            expected = "must stay as it is while it is read; wait until it is written, and repeat"
            raise InputError(f"{file.place}: {expected}")

    return blocks.write(place, days, securities, columns, while_it_stays())


def _joined(
    places: list[Path], found: list[Block], columns: Sequence[str], home: Path, budget: int
) -> Block:
    """Return one block of several, built where the cache has none."""
    place = home / _key("joined", *sorted(block.place.name for block in found))
    known = blocks.find(place)
    if known is not None:
        return known
    days, securities, slabs = joined(places, found, columns, budget)
    return blocks.write(place, days, securities, columns, slabs)


def _key(*parts: str) -> str:
    """Return the name of a block: what it holds, and how."""
    digest = hashlib.sha256(f"paasche panels {blocks.LAYOUT} {len(parts)}".encode())
    for part in parts:
        digest.update(f"\n{len(part)} {part}".encode())
    return digest.hexdigest()[:40]


def _content(file: LongFile) -> str:
    """Return the hash of all bytes of a file."""
    with file.refusing(), file.place.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _stamp(file: LongFile) -> tuple[int, ...]:
    """Return what changes when a file is written."""
    with file.refusing():
        state = file.place.stat()
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
