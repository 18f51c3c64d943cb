"""The journal of a live run: everything the engine is told, in order, before it is told.

Told again from the beginning, or from a snapshot on, an engine knows what it knew.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paasche.errors import InputError
from paasche.live.kept.log import Log, read, repair
from paasche.live.ticks import Ticks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from paasche.live.protocol import Engine

__all__ = ["Block", "Journal", "Order", "Place"]

_BLOCK, _ORDER = 1, 2
_HEAD = struct.Struct("<7qII?7x")


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run has come: what it goes on from.

    Attributes
    ----------
    position : int
        What the source is asked to go on after.
    taken : int
        How many of the ticks behind that position have been taken already.
    seen : int
        How far the clock of the ticks has come.
    moment : int
        Number of the next moment.
    sequence : int
        Of the last publication.
    published : int
        When it was made.
    ticks : int
        How many have been taken.
    """

    position: int = 0
    taken: int = 0
    seen: int = 0
    moment: int = 0
    sequence: int = 0
    published: int = 0
    ticks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Ticks, and the moments that are calculated among them.

    Attributes
    ----------
    ticks : Ticks
        Their position is not kept: where the source stands is said by the place.
    cuts : int64 array of shape (n_moments,)
        How many of the ticks come before each moment.
    moments : int64 array of shape (n_moments,)
        Microseconds since 1970-01-01 UTC.
    published : int or None
        When what is published of them is published; None: each at its own moment.
    place : Place
        How far the run has come with it.
    """

    ticks: Ticks
    cuts: NDArray[np.int64]
    moments: NDArray[np.int64]
    published: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Order:
    """What the engine is told beside ticks.

    Attributes
    ----------
    verb : {"update_fx", "freeze", "resume"}
        A method of the engine.
    arguments : dict
        Its arguments by name: texts, numbers, lists of them.
    line : int
        Of the file of orders it comes from, from 1; 0: of none.

    Raises
    ------
    InputError
        There is no such verb.
    """

    verb: str
    arguments: dict[str, Any]
    line: int = 0

    def __post_init__(self) -> None:
        if self.verb not in ("update_fx", "freeze", "resume"):
            raise InputError(f'verb = "{self.verb}": must be one of update_fx, freeze, resume')

    def tell(self, engine: Engine) -> None:
        """Tell an engine.

        Raises
        ------
        InputError
            It does not know what the order names.
        """
        getattr(engine, self.verb)(**self.arguments)

    def __str__(self) -> str:
        told = ", ".join(f"{name} = {value}" for name, value in self.arguments.items())
        return f"{self.verb}: {told}"


class Journal:
    """``ticks.log`` of a live run.

    Parameters
    ----------
    path : Path
        A log; a torn end is cut off.
    sync_every : float
    """

    def __init__(self, path: Path, *, sync_every: float) -> None:
        repair(path)
        self._log = Log(path, sync_every=sync_every)

    @property
    def end(self) -> int:
        """Offset behind the last record."""
        return self._log.end

    def append(self, told: Block | Order) -> None:
        """Append what the engine is going to be told.

        Parameters
        ----------
        told : Block or Order

        Raises
        ------
        OSError
            It cannot be written; the journal is as it was before.
        """
        if isinstance(told, Block):
            self._log.append(_BLOCK, _packed(told))
        else:
            text = json.dumps([told.verb, told.arguments, told.line], separators=(",", ":"))
            self._log.append(_ORDER, text.encode())

    def read(self, start: int = 0) -> Iterator[Block | Order]:
        """Yield what the engine was told.

        Parameters
        ----------
        start : int
            Offset that `end` had; 0: from the beginning.

        Yields
        ------
        Block or Order
        """
        for record in read(self._log.path, start):
            if record.kind == _BLOCK:
                yield _unpacked(record.payload)
            else:
                yield Order(*json.loads(record.payload))

    def close(self) -> None:
        """Sync, and give the file back."""
        self._log.close()


def _packed(block: Block) -> bytes:
    ticks, place = block.ticks, block.place
    head = _HEAD.pack(
        place.position,
        place.taken,
        place.seen,
        place.moment,
        place.sequence,
        place.ticks,
        -1 if block.published is None else block.published,
        len(ticks.prices),
        len(block.moments),
        ticks.volumes is not None,
    )
    columns: list[NDArray[Any]] = [block.moments, block.cuts, ticks.timestamps, ticks.prices]
    columns += [] if ticks.volumes is None else [ticks.volumes]
    return b"".join(
        [head, *(np.ascontiguousarray(one).data for one in (*columns, ticks.securities))]
    )


def _unpacked(payload: bytes) -> Block:
    *marks, published, n_ticks, n_moments, has_volumes = _HEAD.unpack_from(payload)
    position, taken, seen, moment, sequence, count = marks
    at = _HEAD.size

    def column(kind: type[np.generic], length: int) -> NDArray[Any]:
        nonlocal at
        found = np.frombuffer(payload, kind, length, at)
        at += found.nbytes
        return found

    moments, cuts = column(np.int64, n_moments), column(np.int64, n_moments)
    timestamps, prices = column(np.int64, n_ticks), column(np.float64, n_ticks)
    volumes = column(np.float64, n_ticks) if has_volumes else None
    ticks = Ticks(
        securities=column(np.uint32, n_ticks),
        prices=prices,
        timestamps=timestamps,
        volumes=volumes,
        position=0,
    )
    place = Place(
        position=position,
        taken=taken,
        seen=seen,
        moment=moment,
        sequence=sequence,
        published=max(0, published),
        ticks=count,
    )
    return Block(
        ticks=ticks,
        cuts=cuts,
        moments=moments,
        published=None if published < 0 else published,
        place=place,
    )
