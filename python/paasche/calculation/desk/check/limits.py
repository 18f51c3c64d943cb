"""What still counts as plausible: limits, read from a TOML file."""

from __future__ import annotations

import os
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, Strict, ValidationError

from paasche.errors import InputError, MissingDataError
from paasche.methodology.defects import defects
from paasche.methodology.section import Currency, Day, Many, Mic, Problem, Section, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Actions", "Limits"]

_Fraction = Annotated[float, Field(gt=0.0)]
_Step = Annotated[tuple[float, float], Strict(strict=False)]


class _PriceLimit(Section):
    exchanges: Many[Mic]
    """Exchanges."""
    boards: Many[Text]
    """Boards of them."""
    risk_warning: bool = False
    """Whether it is for names under a risk warning."""
    valid_from: Day
    """First session."""
    limit: _Fraction
    """Largest move against the opening reference price, as a fraction."""
    free_sessions: Annotated[int, Field(ge=0)]
    """First sessions of a new listing, which have no limit."""
    source: Text
    """Where the limit is stated."""


class _LineTicks(Section):
    exchanges: Many[Mic]
    """Exchanges."""
    currency: Currency
    """Quote currency of the lines."""
    steps: Many[_Step]
    """From which price on, which step."""
    source: Text
    """Where the steps are stated."""


class Actions(Section):
    """What a missing corporate action looks like."""

    splits: Many[_Fraction]
    """Ratios of splits, shares after per share before."""
    bonuses: Many[_Fraction]
    """Ratios of bonuses, new per old."""
    price_tolerance: _Fraction
    """How far a price may be from such a ratio, as a fraction."""
    share_tolerance: _Fraction
    """How far a count of shares may be from such a ratio, as a fraction."""


class _Shares(Section):
    large: _Fraction
    """Change of total shares without an event that is always told, as a fraction."""
    event_like: _Fraction
    """Change from which the ratio of a bonus or split is told, as a fraction."""


class _Stale(Section):
    sessions: Annotated[int, Field(ge=2)]
    """Sessions in a row with the same close."""
    steps: Annotated[int, Field(ge=0)]
    """Price steps below which a name that trades may stand still."""


class _Fx(Section):
    stale_sessions: Annotated[int, Field(ge=0)]
    """Sessions for which a rate may be kept."""
    move: _Fraction
    """Move of a rate from one quote to the next, as a fraction."""


class _Weight(Section):
    jump: _Fraction
    """Points of weight that a price move does not explain, as a fraction."""


class _Size(Section):
    low: _Fraction
    """Smallest market value of a listed class, in yuan."""
    high: _Fraction
    """Largest one, in yuan."""


class _Terms(Section):
    bonus: _Fraction
    """New shares for one old share by bonus, told from here on."""
    rights: _Fraction
    """New shares for one old share by rights, told from here on."""
    price: _Fraction
    """Subscription price / close before the ex-date, told from here on."""


class _RateLevel(Section):
    pair: Annotated[str, Field(pattern="^[A-Z]{6}$")]
    """Pair; the one the other way round goes by the inverse."""
    valid_from: Day
    """First day."""
    low: _Fraction
    """Lowest rate."""
    high: _Fraction
    """Highest rate."""
    source: Text
    """Where the range comes from."""


class Limits(Section):
    """What still counts as plausible in a market."""

    schema_version: Annotated[int, Field(ge=1, le=1)]
    """Version of the layout: 1."""
    price_limits: Many[_PriceLimit]
    """Price limits by exchange and board, dated."""
    boards: dict[str, dict[str, str]]
    """Board by exchange and first digits of a code, where ``securities`` has none."""
    ticks: dict[str, Many[_Step]]
    """Price steps by exchange: from which price on, which step."""
    line_ticks: Many[_LineTicks] = ()
    """Price steps of lines in one currency, before those of their exchange."""
    actions: Actions
    """What a missing corporate action looks like."""
    shares: _Shares
    """Changes of share counts."""
    stale: _Stale
    """Prices that stand still."""
    fx: _Fx
    """Rates."""
    weight: _Weight
    """Weights."""
    size: _Size
    """Market values."""
    terms: _Terms
    """Terms of bonus and rights issues."""
    rate_levels: Many[_RateLevel]
    """Where rates of well-known pairs lie, dated."""

    def problems(self) -> Iterator[Problem]:
        """Yield steps that do not rise from 0, and ranges without room."""
        for number, one in enumerate(self.rate_levels):
            if one.low >= one.high:
                yield Problem(
                    ("rate_levels", number, "low"), one.low, f"must be below high, {one.high}"
                )
        if self.size.low >= self.size.high:
            yield Problem(("size", "low"), self.size.low, f"must be below high, {self.size.high}")
        ladders: dict[tuple[str | int, ...], tuple[tuple[float, float], ...]] = {
            **{("ticks", exchange): steps for exchange, steps in self.ticks.items()},
            **{("line_ticks", at, "steps"): one.steps for at, one in enumerate(self.line_ticks)},
        }
        for keys, steps in ladders.items():
            starts = [start for start, _ in steps]
            if (
                starts[0] != 0
                or starts != sorted(set(starts))
                or min(step for _, step in steps) <= 0
            ):
                yield Problem(
                    keys,
                    steps,
                    "must be pairs of price and positive step, the first price 0, ascending",
                )

    @classmethod
    def read(cls, path: str | os.PathLike[str] | None = None) -> Limits:
        """Read a file of limits; None: the one that comes with paasche.

        Raises
        ------
        MissingDataError
            There is no such file.
        InputError
            It is no path or no TOML, or something in it is wrong: every defect with its place.

        Examples
        --------
        >>> Limits.read().stale.sessions
        10
        """
        if path is None:
            own = files("paasche.calculation.desk.check") / "limits.toml"
            return cls._parsed(own.read_text(encoding="utf-8"), "limits.toml")
        if not isinstance(path, str | os.PathLike):
            raise InputError(f"limits = {type(path).__name__}: must be Limits or a path")
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as e:
            raise MissingDataError(
                f"limits = {path}: must be a file that can be read "
                f"({(e.strerror or str(e)).lower()})"
            ) from e
        return cls._parsed(text, str(path))

    @classmethod
    def _parsed(cls, text: str, place: str) -> Limits:
        try:
            return cls.model_validate(_plain(tomllib.loads(text)))
        except tomllib.TOMLDecodeError as e:
            raise InputError(f"{place}: must be TOML ({e})") from e
        except ValidationError as e:
            raise InputError(f"{place}:", defects(cls, e, place)) from e


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return numbers that are written ``{ value = …, assumed = "reason" }`` as numbers."""
    if isinstance(value, dict):
        if value.keys() == {"value", "assumed"}:
            return value["value"]
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
