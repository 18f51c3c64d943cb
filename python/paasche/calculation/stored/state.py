"""The state of an index after its last session: what a continued run starts from, to the last bit.

It is written as JSON: floats so that they read back as the same double, share counts that await a
review as exact ratios.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  (pydantic reads it)
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from paasche.calculation.arrays import Origin, positions_of
from paasche.calculation.rules import share_rules_by_day
from paasche.calculation.stored.directory import read_state
from paasche.errors import InputError
from paasche.market.listings import exchanges_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from numpy.typing import NDArray

    from paasche.calculation.kernel import ArrayResult
    from paasche.calculation.membership import Membership
    from paasche.calculation.rates import Rates
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["State"]

_SHOWN = 5
"""Names that a message lists."""


class Pending(TypedDict):
    """A share change on its way (R57): days since 1970-01-01, and its count as an exact ratio."""

    effective: int
    listing: int
    shares: str
    total: int
    free_float: int | None


class Member(TypedDict):
    """A holding; share fields are null where units stand by themselves."""

    security: str
    close: float
    units: float
    total: float | None
    inclusion_factor: float | None
    weight_factor: float | None
    base: str | None
    judged: int | None
    pending: list[Pending]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What an index knows after a session.

    Attributes
    ----------
    index : str
        Code.
    methodology : str
        Fingerprint of the methodology it was calculated with.
    date : datetime.date
        The session.
    divisor : float
        Divisor in force.
    levels : dict of str to float
        Unrounded level of each variant.
    rates : dict of str to (float, int)
        Rate of each currency into index currency, and its age in sessions.
    base : dict of str to float
        Rate of each version currency on the base date.
    members : list of dict
        Holdings: security, close, units, total, inclusion_factor, weight_factor, base, judged and
        pending share changes.
    """

    index: str
    methodology: str
    date: dt.date
    divisor: float
    levels: dict[str, float]
    rates: dict[str, tuple[float, int]]
    base: dict[str, float]
    members: list[Member]

    @classmethod
    def of(
        cls, source: State | str | PathLike[str] | None, methodology: Methodology
    ) -> State | None:
        """Return a state, or that of a run directory; it must belong to the methodology."""
        if source is None:
            return None
        state = source if isinstance(source, State) else cls.read(source)
        if state.methodology != methodology.fingerprint:
            raise InputError(
                f"continue_from: the state of {state.index} on {state.date} was calculated with "
                f"another methodology than {methodology.index.code}; recalculate from the base date"
            )
        return state

    @classmethod
    def read(cls, run_directory: str | PathLike[str]) -> State:
        """Read the state of a run directory."""
        folder = Path(run_directory)
        return cls.from_json(read_state(folder), folder)

    @classmethod
    def from_json(cls, content: bytes, folder: Path) -> State:
        """Return the state of a file's content; errors name the run directory it is from."""
        path = folder / "state.json"
        try:
            fields = json.loads(content)
        except ValueError as e:
            raise _damaged(path, str(e)) from e
        try:
            return _reader().validate_python(fields)
        except ValidationError as e:
            first = e.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the file"
            raise _damaged(path, f"{key}: {first['msg'].lower()}") from e

    def to_json(self) -> str:
        """Return the text of the state file."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields["date"] = self.date.isoformat()
        return json.dumps(fields, indent=1, ensure_ascii=False) + "\n"

    def origin(
        self, methodology: Methodology, market: Market, axis: Timeline, names: list[str]
    ) -> Origin:
        """Return the start of a continued calculation; changes on their way fall due anew."""
        session = axis.position(self.date, "the state's date")
        columns = positions_of([row["security"] for row in self.members], names)
        rows = [
            {**row, "instrument": int(at), "pending": self._pending(row, methodology, market, axis)}
            for row, at in zip(self.members, columns, strict=True)
        ]
        return Origin(
            session=session,
            base_level=methodology.index.base_level,
            price=self.levels["price"],
            total_return=self.levels["total_return"],
            net_total_return=self.levels["net_total_return"],
            state=_CoreState(self.divisor, rows),
        )

    def _pending(
        self, row: Member, methodology: Methodology, market: Market, axis: Timeline
    ) -> list[dict[str, Any]]:
        """Return the changes on their way with the session they fall due on (R57).

        The run before may have ended too near the end of its calendar to know that session.
        """
        pending = row["pending"]
        if not pending:
            return []
        listing = np.array([change["listing"] for change in pending], "int32")
        frame = pl.DataFrame({"security": [row["security"]] * len(pending)}).with_columns(
            day=pl.Series(listing).cast(pl.Date)
        )
        exchange = exchanges_of(market, frame, "day").to_numpy()
        days = listing.astype("datetime64[D]")
        due = np.empty(len(days), np.int32)
        for own, rules in share_rules_by_day(methodology, days):
            due[own] = axis.rolled(exchange[own], days[own], lag=rules.change_lag_sessions)
        return [{**change, "due": int(day)} for change, day in zip(pending, due, strict=True)]

    def closes(self) -> Mapping[str, float]:
        """Return the carried close of each constituent."""
        return {row["security"]: row["close"] for row in self.members}

    def check(self, basket: list[str]) -> None:
        """Refuse a table of constituents that knows another basket on the state's date."""
        held = {row["security"] for row in self.members}
        odd = sorted(held ^ set(basket))
        if odd:
            shown = ", ".join(
                f"{name} ({'held' if name in held else 'not held'})" for name in odd[:_SHOWN]
            )
            raise InputError(
                f"continue_from: the state of {self.index} on {self.date} and the table "
                f"constituents differ in {len(odd)} names: {shown}; recalculate from the base date"
            )

    @classmethod
    def after(
        cls,
        methodology: Methodology,
        members: Membership,
        axis: Timeline,
        arrays: ArrayResult,
        found: Rates,
        base: Mapping[str, float],
        closes: NDArray[np.float64],
    ) -> State:
        """Return the state after the last session of a calculation."""
        last = len(axis.sessions) - 1
        names = members.securities
        rows = []
        for row in arrays.holdings.state():
            at = row.pop("instrument")
            rows.append({"security": names[at], "close": float(closes[at]), **row})
        return cls(
            index=methodology.index.code,
            methodology=methodology.fingerprint,
            date=axis.sessions[last].item(),
            divisor=float(arrays.divisors[last]),
            levels={
                variant: float(getattr(arrays, variant)[last])
                for variant in ("price", "total_return", "net_total_return")
            },
            rates={
                currency: (float(found.table[last, at]), int(found.age[last, at]))
                for at, currency in enumerate(found.currencies)
                if not np.isnan(found.table[last, at])
            },
            base=dict(base),
            members=cast("list[Member]", rows),
        )


@cache
def _reader() -> TypeAdapter[State]:
    """Return what makes a state of the fields of a file, or says which one is wrong."""
    return TypeAdapter(State)


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(
        f"{path}: must be the state that `paasche calculate` wrote; it is damaged ({reason}): "
        "calculate the run anew"
    )


@dataclass(frozen=True, slots=True)
class _CoreState:
    """The state as the core reads it."""

    divisor: float
    members: list[dict[str, Any]]
