"""The section ``[weighting]``: how constituents are weighted and capped (R37-R40, part B)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from paasche.errors import InputError
from paasche.methodology.section import Assumable, Problem, Section
from paasche.methodology.tables import band_tables
from paasche.methodology.versions import BandVersions, ascending, in_force

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from paasche.methodology.tables import BandTable

__all__ = ["Caps", "Weighting"]

_BY_SHARES = ("free_float", "total")
_BY_WEIGHT = ("equal", "given")
_LAG = 5

TopTest: TypeAlias = Literal["initial", "after_single_cap"]
Infeasible: TypeAlias = Literal["error", "lift_fifth"]
Inherit: TypeAlias = Literal["last_real_close", "deletion_price"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The weight limits of a capped index (R39, R40); fractions: 0.10 means ten percent.

    Attributes
    ----------
    single : float or None
        Largest weight of one constituent; None means 1.
    top_five : float or None
        Largest weight of the five largest constituents together; None means no limit.
    top_test : {"initial", "after_single_cap"}
        Weights on which the limit of the five largest is tested.
    infeasible : {"error", "lift_fifth"}
        What to do where the limits have no solution.
    """

    single: float | None
    top_five: float | None
    top_test: TopTest
    infeasible: Infeasible


def _is_capped(data: dict[str, Any]) -> bool:
    caps = (data.get("single_cap"), data.get("top_five_cap"))
    return data.get("scheme") in _BY_SHARES and caps != (None, None)


def _default_top_test(data: dict[str, Any]) -> TopTest | None:
    return None if data.get("top_five_cap") is None else "initial"


def _default_infeasible(data: dict[str, Any]) -> Infeasible | None:
    return "error" if _is_capped(data) else None


def _default_lag(data: dict[str, Any]) -> int | None:
    return _LAG if _is_capped(data) or data.get("scheme") == "equal" else None


def _default_inherit(data: dict[str, Any]) -> Inherit | None:
    return "last_real_close" if _is_capped(data) or data.get("scheme") in _BY_WEIGHT else None


class Weighting(Section):
    """Weighting scheme, caps and the session whose closes set the weights.

    A key without a meaning for the scheme is refused when it is written, and None when it is not.
    """

    lasting: ClassVar[tuple[str, ...]] = ("scheme",)

    scheme: Literal["free_float", "total", "equal", "price", "given"]
    """Weighting scheme."""

    single_cap: Annotated[float | None, Assumable()] = Field(default=None, gt=0, le=1)
    """Largest weight of one constituent, as a fraction (R39)."""

    top_five_cap: Annotated[float | None, Assumable()] = Field(default=None, gt=0, le=1)
    """Largest weight of the five largest constituents together, as a fraction (R40)."""

    top_test: TopTest | None = Field(default_factory=_default_top_test)
    """Weights on which top_five_cap is tested: "initial" (default) or "after_single_cap"."""

    infeasible: Infeasible | None = Field(default_factory=_default_infeasible)
    """Where the caps have no solution: "error" (default) or "lift_fifth", a higher fifth weight."""

    lag: Annotated[int | None, Assumable()] = Field(default_factory=_default_lag, ge=1)
    """Weights use the close this many sessions before the effective session (1 = adjustment close);
    default 5, with caps and with scheme "equal" (R38)."""

    inherit: Inherit | None = Field(default_factory=_default_inherit)
    """Close whose weight a replacement inherits from a deleted name: "last_real_close" (default) or
    "deletion_price" (R32)."""

    free_float_bands: BandVersions | None = None
    """Free-float band table of scheme "free_float", or a dated list of tables (R47)."""

    @property
    def capped(self) -> bool:
        """Whether weights are capped."""
        return self.scheme in _BY_SHARES and (self.single_cap, self.top_five_cap) != (None, None)

    @property
    def caps(self) -> Caps | None:
        """The caps; None for an uncapped index."""
        if not self.capped:
            return None
        return Caps(
            single=self.single_cap,
            top_five=self.top_five_cap,
            top_test=self.top_test or "initial",
            infeasible=self.infeasible or "error",
        )

    @property
    def uses_shares(self) -> bool:
        """Whether units come from share counts; else the ``shares`` table is not used."""
        return self.scheme in _BY_SHARES

    @property
    def scales(self) -> bool:
        """Whether units scale with bonus, rights and split; else the divisor absorbs them."""
        return self.scheme != "price"

    def bands_on(self, day: date) -> BandTable:
        """Return the free-float band table in force on a day (R47, R58).

        Parameters
        ----------
        day : datetime.date
            Effective session of the review or change.

        Raises
        ------
        MissingDataError
            The dated list of tables begins after that day.
        InputError
            The scheme uses no bands.

        Examples
        --------
        >>> from datetime import date
        >>> weighting = Weighting(scheme="free_float", free_float_bands="ces-2023")
        >>> weighting.bands_on(date(2024, 6, 17)).name
        'ces-2023'
        """
        if self.free_float_bands is None:
            raise InputError(f'weighting.scheme = "{self.scheme}": uses no free-float bands')
        return band_tables()[in_force("weighting.free_float_bands", self.free_float_bands, day)]

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        yield from self._cap_problems()
        equal = self.scheme == "equal"
        goes_with = {
            "top_test": (self.top_five_cap is not None, "top_five_cap"),
            "infeasible": (self._has_a_cap, "single_cap or top_five_cap"),
            "lag": (self._has_a_cap or equal, 'a cap or scheme = "equal"'),
            "inherit": (
                self._has_a_cap or self.scheme in _BY_WEIGHT,
                'a cap or scheme = "equal" or "given"',
            ),
            "free_float_bands": (self.scheme == "free_float", 'scheme = "free_float"'),
        }
        for key, (has_meaning, companion) in goes_with.items():
            value = getattr(self, key)
            if value is not None and not has_meaning:
                yield Problem((key,), value, f"must be left out, or come with {companion}")
        if self.scheme == "free_float" and self.free_float_bands is None:
            yield Problem(
                ("free_float_bands",),
                None,
                'must be given with scheme = "free_float"; write free_float_bands = "ces-2023"',
            )
        yield from ascending("free_float_bands", self.free_float_bands)

    @property
    def _has_a_cap(self) -> bool:
        return (self.single_cap, self.top_five_cap) != (None, None)

    def _cap_problems(self) -> Iterator[Problem]:
        single, top_five = self.single_cap, self.top_five_cap
        if self.scheme not in _BY_SHARES:
            for key, cap in (("single_cap", single), ("top_five_cap", top_five)):
                if cap is not None:
                    expected = 'must be left out, or come with scheme = "free_float" or "total"'
                    yield Problem((key,), cap, expected)
        elif single is not None and top_five is not None and top_five < single:
            yield Problem(
                ("top_five_cap",),
                top_five,
                f"must be at least single_cap = {single}; raise it, or lower that",
            )
        if self.infeasible == "lift_fifth" and self._has_a_cap and top_five is None:
            yield Problem(
                ("infeasible",), self.infeasible, "must be left out, or come with top_five_cap"
            )
