"""What a walk leaves behind, as tables: baskets, moves, reserve lists, flags, deletion prices."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from paasche.review.membership import Move

__all__ = ["Trail"]

_BASKETS = {
    "index": pl.String,
    "effective": pl.Date,
    "security": pl.String,
    "weight": pl.Float64,
    "kind": pl.String,
    "replaces": pl.String,
}
_CHANGES = {
    "index": pl.String,
    "announced": pl.Date,
    "effective": pl.Date,
    "security": pl.String,
    "change": pl.String,
    "cause": pl.String,
    "rule": pl.String,
    "reason": pl.String,
    "replaces": pl.String,
}
_RESERVES = {
    "index": pl.String,
    "announced": pl.Date,
    "group": pl.String,
    "place": pl.Int64,
    "security": pl.String,
}
_FLAGS = {
    "index": pl.String,
    "date": pl.Date,
    "security": pl.String,
    "rule": pl.String,
    "what": pl.String,
}
_PRICED = {
    "security": pl.String,
    "session": pl.Date,
    "price": pl.Float64,
    "announced": pl.Date,
}


@dataclass(slots=True)
class Trail:
    """Rows in the order in which they come about.

    Parameters
    ----------
    index : str
        Code of the index.
    """

    index: str
    _baskets: list[dict[str, Any]] = field(default_factory=list)
    _moves: list[Move] = field(default_factory=list)
    _reserves: list[dict[str, Any]] = field(default_factory=list)
    _flags: list[dict[str, Any]] = field(default_factory=list)
    _priced: list[dict[str, Any]] = field(default_factory=list)

    def basket(
        self,
        effective: date,
        kind: str,
        constituents: Iterable[str],
        replaces: Mapping[str, str | None],
    ) -> None:
        """Note the whole membership from a session on."""
        self._baskets += [
            {
                "effective": effective,
                "security": security,
                "kind": kind,
                "replaces": replaces.get(security),
            }
            for security in sorted(constituents)
        ]

    def move(self, move: Move) -> None:
        """Note an addition or deletion."""
        self._moves.append(move)

    def reserve(self, announced: date, group: str, names: Iterable[str]) -> None:
        """Note a reserve list that is published."""
        self._reserves += [
            {"announced": announced, "group": group, "place": place, "security": security}
            for place, security in enumerate(names, 1)
        ]

    def flag(self, day: date, security: str | None, rule: str, what: str) -> None:
        """Note a decision that is due, or what else a committee should know."""
        self._flags.append({"date": day, "security": security, "rule": rule, "what": what})

    def price(self, security: str, session: date, price: float, announced: date) -> None:
        """Note a deletion price."""
        self._priced.append(
            {"security": security, "session": session, "price": price, "announced": announced}
        )

    def baskets(self) -> pl.DataFrame:
        """Return the memberships, as the table ``constituents`` has them."""
        return self._table(self._baskets, _BASKETS)

    def changes(self) -> pl.DataFrame:
        """Return the additions and deletions."""
        return self._table([asdict(move) for move in self._moves], _CHANGES)

    def reserves(self) -> pl.DataFrame:
        """Return the reserve lists."""
        return self._table(self._reserves, _RESERVES)

    def flags(self) -> pl.DataFrame:
        """Return the flags."""
        return self._table(self._flags, _FLAGS)

    def priced(self) -> pl.DataFrame:
        """Return the deletion prices."""
        return pl.DataFrame(self._priced, schema=_PRICED)

    def _table(self, rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame([{"index": self.index, **row} for row in rows], schema=schema)
