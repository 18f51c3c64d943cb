"""What workers of a cluster are made to do in tests: die in the middle, tell where columns lie."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from paasche.calculation.many.cluster.objects import Objects


@dataclass(frozen=True)
class Deadly:
    """A market whose readers kill their own processes, so many times; each leaves its number."""

    objects: Objects
    graves: Path
    count: int

    def market(self):
        died = len(list(self.graves.iterdir()))
        if died < self.count:
            (self.graves / str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.objects.market()

    def closed(self):
        return False

    def remove(self):
        self.objects.remove()


def outside_the_store(objects):
    """Return which columns of the prices, and positions, do not lie in the store, in a worker."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    spans = [
        [int(end, 16) for end in line.split()[0].split("-")] for line in maps if "plasma" in line
    ]

    def lies_there(values):
        at = values.__array_interface__["data"][0]
        return any(low <= at and at + values.nbytes <= high for low, high in spans)

    market = objects.market()
    rows = market["prices"]
    columns = {
        name: rows[name].to_physical().to_numpy(allow_copy=False)
        for name, kind in rows.schema.items()
        if (kind.is_numeric() or kind.is_temporal()) and not rows[name].has_nulls()
    }
    arrays = {**columns, "positions": np.asarray(market.positions("prices"))}
    return sorted(arrays), [name for name, values in arrays.items() if not lies_there(values)]
