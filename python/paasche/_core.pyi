# The compiled core: arrays in, arrays out.
#
# Arrays must have the stated type, one dimension and lie in one piece; the modules of the package
# see to that. Errors are those of `paasche.errors`. Every call lets other threads run meanwhile.

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from paasche.errors import PaascheError

__all__ = [
    "Holdings",
    "LiveEngine",
    "__build_profile__",
    "__version__",
    "adjust_divisors",
    "basket_intents",
    "batch_memory",
    "calculate_batch",
    "cap_weights",
    "cap_weights_batch",
    "carry_prices",
    "chain",
    "contributions",
    "free_float_shares",
    "hold",
    "inclusion_factors",
    "limit_vectors",
    "number_texts",
    "reference_prices",
    "round_levels",
    "rows_ascend",
    "scatter_columns",
    "text_begins",
    "total_returns",
    "values",
    "weight_factors",
]

__version__: str
__build_profile__: str

class _Bands(Protocol):
    @property
    def first(self) -> str: ...
    @property
    def first_upper(self) -> int: ...
    @property
    def uppers(self) -> tuple[int, ...]: ...
    @property
    def percents(self) -> tuple[int, ...]: ...

class _Holders(Protocol):
    @property
    def security(self) -> NDArray[np.int64]: ...
    @property
    def group(self) -> NDArray[np.int64]: ...
    @property
    def shares(self) -> NDArray[np.int64]: ...
    @property
    def restricted(self) -> NDArray[np.int64]: ...
    @property
    def strategic(self) -> NDArray[np.bool_]: ...

class _Limits(Protocol):
    @property
    def single(self) -> float | None: ...
    @property
    def top_five(self) -> float | None: ...
    @property
    def k(self) -> int: ...
    @property
    def top_test(self) -> str: ...
    @property
    def infeasible(self) -> str: ...

def inclusion_factors(
    free_float: NDArray[np.int64], total: NDArray[np.int64], table: _Bands
) -> NDArray[np.float64]: ...
def free_float_shares(
    total: NDArray[np.int64],
    restricted: NDArray[np.int64] | None,
    holders: _Holders,
    threshold: tuple[int, int],
) -> NDArray[np.int64]: ...
def cap_weights(
    values: NDArray[np.float64], rank: NDArray[np.uint32] | None, limits: _Limits
) -> NDArray[np.float64]: ...
def cap_weights_batch(
    values: NDArray[np.float64],
    offsets: NDArray[np.int64],
    rank: NDArray[np.uint32] | None,
    limits: _Limits,
) -> NDArray[np.float64]: ...
def weight_factors(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]: ...
def reference_prices(
    rows: int, actions: Mapping[str, NDArray[np.float64]], tick: float | None = None
) -> NDArray[np.float64]: ...
def round_levels(level: NDArray[np.float64], decimals: int) -> NDArray[np.float64]: ...
def adjust_divisors(
    rows: int,
    divisor: NDArray[np.float64],
    value_before: NDArray[np.float64],
    value_after: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def total_returns(
    rows: int,
    previous: NDArray[np.float64],
    value: NDArray[np.float64],
    opening_value: NDArray[np.float64],
) -> NDArray[np.float64]: ...

# The tables of `paasche.calculation.arrays` and `.batch`, read by their attributes.

@final
class Holdings:
    def positions(self) -> dict[str, NDArray[Any]]: ...
    def events(self) -> dict[str, Any]: ...
    def state(self) -> list[dict[str, Any]]: ...

@final
class LiveEngine:
    def __new__(cls, day: object) -> LiveEngine: ...
    def update(
        self,
        securities: NDArray[np.uint32],
        prices: NDArray[np.float64],
        timestamps: NDArray[np.int64] | None = None,
        volumes: NDArray[np.float64] | None = None,
    ) -> int: ...
    def update_rates(self, rates: NDArray[np.float64]) -> None: ...
    def levels(self, out: NDArray[np.float64]) -> None: ...
    def values(self, out: NDArray[np.float64]) -> None: ...
    def quality(self, now: int, stale_after: int, out: NDArray[np.float64]) -> None: ...
    def replay(
        self,
        securities: NDArray[np.uint32],
        prices: NDArray[np.float64],
        timestamps: NDArray[np.int64],
        volumes: NDArray[np.float64] | None,
        moments: NDArray[np.int64],
        levels: NDArray[np.float64],
        stale_after: int = 0,
        qualities: NDArray[np.float64] | None = None,
    ) -> int: ...
    def most_changes(self, securities: NDArray[np.uint32], rows: NDArray[np.uint32]) -> int: ...
    def replay_ticks(
        self,
        securities: NDArray[np.uint32],
        prices: NDArray[np.float64],
        timestamps: NDArray[np.int64],
        volumes: NDArray[np.float64] | None,
        rows: NDArray[np.uint32],
        row: NDArray[np.uint32],
        timestamp: NDArray[np.int64],
        level: NDArray[np.float64],
    ) -> int: ...
    def freeze(self, at: int, is_exchange: bool, frozen: bool) -> None: ...
    def rejected(self) -> dict[str, int]: ...
    def prices(self, out: NDArray[np.float64]) -> None: ...
    def state(self) -> bytes: ...
    def restore(self, state: bytes) -> None: ...

def limit_vectors(bits: int) -> int: ...
def basket_intents(asked: object, instrument: NDArray[np.int32]) -> dict[str, NDArray[Any]]: ...
def number_texts(frames: list[Any], numbers: NDArray[np.int32]) -> list[str]: ...
def text_begins(frames: list[Any]) -> NDArray[np.int64]: ...
def rows_ascend(columns: list[NDArray[np.int32]]) -> bool: ...
def scatter_columns(
    frames: list[Any],
    securities: NDArray[np.int32],
    days: NDArray[np.int32],
    instruments: NDArray[np.int32],
    panels: list[NDArray[np.float64]],
    seen: NDArray[np.bool_] | None = None,
) -> int | None: ...
def carry_prices(
    days: NDArray[np.int32],
    instruments: Sequence[str],
    closes: NDArray[np.float64],
    actions: object,
) -> None: ...
def hold(
    panel: object,
    actions: object,
    snapshots: object,
    changes: object,
    intents: object,
    deletions: object,
    rules: object,
    origin: object,
) -> Holdings: ...
def batch_memory(sessions: int, instruments: int, indices: int) -> int: ...
def calculate_batch(
    panel: object,
    actions: object,
    snapshots: object,
    plans: object,
    columns: list[tuple[str, NDArray[np.float64]]],
    workspace: NDArray[np.float64],
    threads: int | None = None,
    slabs: tuple[int, Callable[[], object]] | None = None,
) -> list[tuple[int, PaascheError]]: ...
def values(
    panel: object, holdings: Holdings, threads: int | None = None
) -> NDArray[np.float64]: ...
def chain(
    panel: object,
    values: NDArray[np.float64],
    holdings: Holdings,
    base_level: float,
    total_return: float,
    net_total_return: float,
) -> dict[str, Any]: ...
def contributions(
    panel: object,
    holdings: Holdings,
    variant: str,
    first: int,
    scale: NDArray[np.float64],
    rates: NDArray[np.float64],
) -> dict[str, dict[str, NDArray[Any]]]: ...
