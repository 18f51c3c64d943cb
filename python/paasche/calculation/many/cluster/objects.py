"""The market in the store of objects of a Ray cluster."""

from __future__ import annotations

import io
import platform
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from paasche.calculation.many.inputs import versions
from paasche.errors import PaascheError
from paasche.market.passing import Pieces, open_arrow, put_together, taken_apart, write_arrow

if TYPE_CHECKING:
    import polars as pl

    from paasche.market import Market

    ObjectRef = Any

__all__ = ["Objects"]


@dataclass(frozen=True, slots=True)
class Objects:
    """A market in the store of objects of a cluster, each table once for a machine.

    Attributes
    ----------
    tables, positions : tuple of (str, ray.ObjectRef)
        Arrow files and arrays of numbers.
    said : str
    versions : tuple of (str, str)
        With which a worker calculates the same bytes.
    """

    tables: tuple[tuple[str, ObjectRef], ...]
    positions: tuple[tuple[str, ObjectRef], ...]
    said: str
    versions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, market: Market) -> Self:
        """Put the pieces of a market into the store, one after another."""
        import ray  # noqa: PLC0415

        pieces = taken_apart(market)
        return cls(
            tuple((name, ray.put(_as_arrow_file(one))) for name, one in pieces.tables.items()),
            tuple((name, ray.put(one)) for name, one in pieces.positions.items()),
            pieces.said,
            tuple(versions().items()),
        )

    def market(self) -> Market:
        """Return the market; a process looks at the objects where they are.

        Raises
        ------
        PaascheError
            This worker has other versions than the process that put the market here.
        """
        for name, there in self.versions:
            if (own := versions()[name]) != there:
                raise PaascheError(
                    f"{name} = {own} on the worker {platform.node()}: must be {there}, as where "
                    "the run was started; else bytes may differ"
                )
        return _looked_at(self)

    def closed(self) -> bool:
        """Tell that somebody waits: a task that nobody waits for is interrupted."""
        return False

    def remove(self) -> None:
        """Do nothing: the store forgets what nobody refers to."""


@lru_cache(maxsize=1)
def _looked_at(objects: Objects) -> Market:
    import ray  # noqa: PLC0415

    def got(some: tuple[tuple[str, ObjectRef], ...]) -> dict[str, np.ndarray]:
        names, refs = [name for name, _ in some], [ref for _, ref in some]
        return dict(zip(names, ray.get(refs), strict=True))

    tables = {name: open_arrow(file) for name, file in got(objects.tables).items()}
    return put_together(Pieces(tables, got(objects.positions), objects.said))


def _as_arrow_file(table: pl.DataFrame) -> np.ndarray:
    """Return a table as the bytes of an Arrow file: Ray shows an array where it lies."""
    file = io.BytesIO()
    write_arrow(table, file)
    return np.frombuffer(file.getbuffer(), dtype=np.uint8)
