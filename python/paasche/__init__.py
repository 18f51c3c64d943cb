"""Market indices: from prices, shares, corporate actions and a written methodology to index levels.

>>> import paasche as px
>>> px.inclusion_factor([11_200, 3_500, 4_100], [100_000, 8_000, 5_000])
array([0.12, 0.5 , 1.  ])

``import paasche`` loads the compiled core; numpy, polars and the rest come with their first use.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from paasche._core import __build_profile__, __version__

if TYPE_CHECKING:
    from paasche import market, report
    from paasche.calculation import (
        ArrayResult,
        Comparison,
        Explanation,
        ManyResult,
        Result,
        State,
        calculate,
        calculate_arrays,
        calculate_many,
    )
    from paasche.calculation.desk.advance import advance
    from paasche.calculation.desk.check import check
    from paasche.calculation.desk.compare import compare
    from paasche.calculation.desk.restate import restate
    from paasche.calculation.reviewing import review
    from paasche.calculation.trade.review import Review
    from paasche.capping import cap_weights, cap_weights_batch, weight_factors
    from paasche.errors import (
        InconsistentError,
        InfeasibleRuleError,
        InputError,
        MissingDataError,
        NotRepresentableError,
        PaascheError,
    )
    from paasche.free_float import free_float_shares, inclusion_factor
    from paasche.levels import adjust_divisor, round_level, total_return
    from paasche.live.engine import LiveEngine
    from paasche.live.simulated.simulated import simulate_ticks
    from paasche.market import Calendars, Market
    from paasche.market.sample import sample_market
    from paasche.methodology import Methodology
    from paasche.reference import reference_price
    from paasche.versions import show_versions

_HOME = {
    "calculation": (
        "ArrayResult",
        "Comparison",
        "Explanation",
        "ManyResult",
        "Result",
        "Review",
        "State",
        "advance",
        "calculate",
        "calculate_arrays",
        "calculate_many",
        "check",
        "compare",
        "restate",
        "review",
    ),
    "capping": ("cap_weights", "cap_weights_batch", "weight_factors"),
    "errors": (
        "InconsistentError",
        "InfeasibleRuleError",
        "InputError",
        "MissingDataError",
        "NotRepresentableError",
        "PaascheError",
    ),
    "free_float": ("free_float_shares", "inclusion_factor"),
    "live.engine": ("LiveEngine",),
    "levels": ("adjust_divisor", "round_level", "total_return"),
    "live.simulated.simulated": ("simulate_ticks",),
    "market": ("Calendars", "Market"),
    "market.sample": ("sample_market",),
    "methodology": ("Methodology",),
    "reference": ("reference_price",),
    "versions": ("show_versions",),
}
"""Where each public name lives."""

_ROOMS = ("market", "report")
"""Rooms with functions of their own: ``px.market.from_tushare``."""

_ROOM_OF = {name: room for room, names in _HOME.items() for name in names}

__all__ = [
    "ArrayResult",
    "Calendars",
    "Comparison",
    "Explanation",
    "InconsistentError",
    "InfeasibleRuleError",
    "InputError",
    "LiveEngine",
    "ManyResult",
    "Market",
    "Methodology",
    "MissingDataError",
    "NotRepresentableError",
    "PaascheError",
    "Result",
    "Review",
    "State",
    "__version__",
    "adjust_divisor",
    "advance",
    "calculate",
    "calculate_arrays",
    "calculate_many",
    "cap_weights",
    "cap_weights_batch",
    "check",
    "compare",
    "free_float_shares",
    "inclusion_factor",
    "market",
    "reference_price",
    "report",
    "restate",
    "review",
    "round_level",
    "sample_market",
    "show_versions",
    "simulate_ticks",
    "total_return",
    "weight_factors",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _ROOMS:
        return importlib.import_module(f"paasche.{name}")
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'paasche' has no attribute {name!r}")
    return getattr(importlib.import_module(f"paasche.{_ROOM_OF[name]}"), name)


class _Package(ModuleType):
    """The package: its ``review`` is the function, and the room of that name is imported from."""

    @property
    def review(self) -> Any:  # noqa: ANN401
        return __getattr__("review")

    @review.setter
    def review(self, room: ModuleType) -> None:
        """Pass over the room, which its import would put in the place of the function."""


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS})


if __build_profile__ != "release":
    import warnings

    warnings.warn(
        "paasche._core is a debug build: results are the same, speed is not", stacklevel=2
    )
