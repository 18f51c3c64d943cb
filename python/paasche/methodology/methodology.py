"""The whole methodology: read, checked, frozen."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from paasche.errors import InputError
from paasche.methodology.across import across_sections
from paasche.methodology.assumptions import Assumption, assumptions_of, restore, take
from paasche.methodology.changes import Change, DatedUniverse
from paasche.methodology.defects import defects
from paasche.methodology.files import methodology_text, named, refusal, syntax
from paasche.methodology.fingerprint import fingerprint
from paasche.methodology.index import Index  # noqa: TC001  (pydantic)
from paasche.methodology.net_total_return import NetTotalReturn  # noqa: TC001  (pydantic)
from paasche.methodology.review import Interim, Review
from paasche.methodology.rulebooks import rulebooks
from paasche.methodology.section import Keys, Problem, Section, Text
from paasche.methodology.sections import Fx, Prices, Shares
from paasche.methodology.selection import Selection  # noqa: TC001  (pydantic)
from paasche.methodology.sources import source_problems
from paasche.methodology.universe import Universe  # noqa: TC001  (pydantic)
from paasche.methodology.weighting import Weighting  # noqa: TC001  (pydantic)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from os import PathLike

    from pydantic import ModelWrapValidatorHandler, SerializerFunctionWrapHandler

    from paasche.methodology.tables import BandTable, ShareRules

__all__ = ["Methodology"]


class Methodology(Section):
    """The rules of one index, as its TOML file states them.

    Attributes
    ----------
    schema_version : int
        Version of the file layout.
    index, universe, selection, review, interim, weighting, shares, prices, fx, net_total_return
        The sections; ``selection`` is None with a table of constituents, ``net_total_return``
        without that variant.
    change : tuple of Change
        What changes in the sections, and from when (R58); :meth:`on` gives the rules of a day.
    sources : dict of str to str
        Where numbers are stated, by dotted key.

    Examples
    --------
    >>> methodology = Methodology.load("sample-cross-border")
    >>> methodology.index.code, methodology.weighting.single_cap
    ('SAMPLE100', 0.1)
    """

    schema_version: Literal[1]
    """Version of the layout of this file."""

    index: Index
    """What the index is called, and where its level begins."""

    universe: Universe
    """Who may be a constituent."""

    selection: Selection | None = None
    """How constituents are chosen from the universe; goes with rules, not with a table."""

    review: Review = Field(default_factory=Review)
    """When reviews are held, and on which data; goes with rules, not with a table."""

    interim: Interim = Field(default_factory=Interim)
    """What changes between reviews; goes with rules, not with a table."""

    weighting: Weighting
    """How constituents are weighted and capped."""

    shares: Shares = Field(default_factory=Shares)
    """How share counts are maintained."""

    prices: Prices = Field(default_factory=Prices)
    """What to do about prices."""

    fx: Fx = Field(default_factory=Fx)
    """What to do about exchange rates."""

    net_total_return: NetTotalReturn | None = None
    """What is withheld from dividends; goes with the variant "net_total_return"."""

    change: tuple[Change, ...] = Field(default=(), strict=False)
    """Rules that change on a day, in order (R58)."""

    sources: dict[str, Text] = Field(default_factory=dict)
    """Where numbers are stated: text by dotted key."""

    _reasons: dict[Keys, str] = PrivateAttr(default_factory=dict)
    _later: tuple[tuple[date, Methodology], ...] = PrivateAttr(default=())

    def __init__(self, /, *given: object, **content: Any) -> None:  # noqa: ANN401
        if given or not content:
            what = f"methodology = {given[0]}" if given else "methodology"
            raise InputError(
                f"{what}: must be read by Methodology.load (a file or a bundled one), from_toml "
                "(text) or from_dict (a mapping)"
            )
        try:
            super().__init__(**content)
        except ValidationError as e:
            raise refusal(defects(type(self), e, "methodology")) from e

    # pydantic's mark of an own __init__ that only wraps: reading goes past it, to the same errors.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def load(cls, methodology: str | PathLike[str]) -> Methodology:
        """Read a methodology from a file, or a bundled one by name.

        Parameters
        ----------
        methodology : str or path
            A path, or text that ends in ``.toml`` or has a separator: a file. Other text: the name
            of a bundled methodology.

        Raises
        ------
        InputError
            No such file or name, no TOML, or not a methodology: every defect with its place.

        Examples
        --------
        >>> Methodology.load("sample-cross-border").index.variants
        ('price', 'total_return', 'net_total_return')
        """
        text, place = methodology_text(methodology)
        return cls.from_toml(text, place=place)

    @classmethod
    def from_toml(cls, text: str, *, place: str = "methodology") -> Methodology:
        """Read a methodology from TOML text.

        Parameters
        ----------
        text : str
            The content of a methodology file.
        place : str
            What to call the text in errors: the name of the file.

        Raises
        ------
        InputError
            The text is no TOML (with the line), or not a methodology: every defect with its place.
        """
        if named(text):
            raise InputError(
                f"text = {text}: must be the content of a methodology; a file or a bundled "
                f'methodology is read by Methodology.load("{text}")'
            )
        try:
            written = tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            raise refusal([syntax(str(e), text, place)]) from e
        return cls.from_dict(written, place=place)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], *, place: str = "methodology") -> Methodology:
        """Check a methodology that is given as nested mappings, for example a ``model_dump``.

        Parameters
        ----------
        mapping : mapping of str
            Keys and values as in the file; dates as dates or ISO text, a null is an absent key.
        place : str
            What to call it in errors.

        Raises
        ------
        InputError
            Not a methodology: every defect with its place.
        """
        try:
            return cls.model_validate(mapping)
        except ValidationError as e:
            raise refusal(defects(cls, e, place)) from e

    def anchored(
        self,
        day: date | str,
        level: float,
        *,
        total_return: float | None = None,
        net_total_return: float | None = None,
    ) -> Methodology:
        """Return this methodology with a known state, from which a calculation begins instead.

        Parameters
        ----------
        day : datetime.date or ISO text
            Session whose closing levels are known, on or after the base date.
        level : float
            Price index at that close, points.
        total_return, net_total_return : float, optional
            Levels of the other variants that the methodology has, points; default ``level``.

        Raises
        ------
        InputError
            The day is before the base date, or a level does not fit.

        Examples
        --------
        >>> rules = Methodology.load("ces-120").anchored("2015-01-05", 3533.70)
        >>> rules.index.anchor.level
        3533.7
        """
        levels = {"total_return": total_return, "net_total_return": net_total_return}
        wanted = {
            name: level if value is None else value
            for name, value in levels.items()
            if value is not None or name in self.index.variants
        }
        content = self.model_dump()
        content["index"]["anchor"] = {"date": day, "level": level, **wanted}
        return Methodology.from_dict(content, place=self.index.code)

    @property
    def assumptions(self) -> list[Assumption]:
        """The numbers that no public source gives, with those of the withholding tax table."""
        return assumptions_of(self, self._reasons)

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, of the content and of the numbers of the rule tables it names.

        Order of keys, comments, sources and the way a number is written do not matter.
        """
        return fingerprint(self)

    @property
    def versions(self) -> tuple[tuple[date, Methodology], ...]:
        """First session and rulebook of each version, ascending (R58).

        The first is this methodology from its base date on; the others are whole methodologies
        without changes of their own, each the one before with the keys of an entry ``[[change]]``.
        """
        return ((self.index.base_date, self), *self._later)

    def on(self, day: date) -> Methodology:
        """Return the rulebook in force on a day (R58): itself before the first change.

        Parameters
        ----------
        day : datetime.date
            A session, such as the effective session of a review.

        Examples
        --------
        >>> from datetime import date
        >>> methodology = Methodology.load("sample-cross-border")
        >>> methodology.on(date(2024, 6, 17)) is methodology
        True
        """
        begun = (rules for since, rules in reversed(self._later) if since <= day)
        return next(begun, self)

    def universes_on(self, day: date) -> list[DatedUniverse]:
        """Return the rules of ``[universe]`` up to a day, oldest first (R58).

        A security falls under the first; each of the others then takes it over, unless its
        ``grandfather`` spares the security: so does the entry for the whole of a constituent's stay
        where it says "constituents", and for good where it says "listed".

        Parameters
        ----------
        day : datetime.date
            The day for which a security is judged.

        Examples
        --------
        >>> from datetime import date
        >>> methodology = Methodology.load("sample-cross-border")
        >>> [since.isoformat() for since, *_ in methodology.universes_on(date(2024, 6, 17))]
        ['2015-01-05']
        """
        first = DatedUniverse(self.index.base_date, None, self.universe)
        later = [
            DatedUniverse(since, change.grandfather, rules.universe)
            for change, (since, rules) in zip(self.change, self._later, strict=True)
            if change.universe is not None and since <= day
        ]
        return [first, *later]

    def bands_on(self, day: date) -> BandTable:
        """Return the free-float band table in force on a day (R47, R58).

        Raises
        ------
        MissingDataError
            The dated list of tables begins after that day.
        InputError
            The scheme uses no bands.
        """
        return self.on(day).weighting.bands_on(day)

    def rules_on(self, day: date) -> ShareRules:
        """Return the share rules in force on a day (R53 to R58).

        Raises
        ------
        MissingDataError
            The dated list of tables begins after that day.
        """
        return self.on(day).shares.rules_on(day)

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across sections that this methodology breaks."""
        return across_sections(self)

    @model_validator(mode="wrap")
    @classmethod
    def _take_assumptions(
        cls, written: object, handler: ModelWrapValidatorHandler[Methodology]
    ) -> Methodology:
        if isinstance(written, Methodology):
            return written
        plain, reasons = take(cls, written)
        methodology = handler(plain)
        methodology._reasons = reasons  # noqa: SLF001  (its own)
        methodology._follow(plain)  # noqa: SLF001
        return methodology

    def _follow(self, plain: object) -> None:
        """Derive the rulebooks of the changes, and look up what the sources name."""
        dumped = self.model_dump(exclude={"sources"})
        changes = dumped.pop("change", ())
        later, found = rulebooks(type(self), self.index.base_date, dumped, changes)
        found += source_problems(plain, self.sources)
        if found:
            raise PydanticCustomError("across_keys", "rules across keys", {"problems": found})
        self._later = tuple(later)

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = _without_nulls(handler(self))
        for key in ("change", "sources"):
            if not dumped.get(key):
                dumped.pop(key, None)
        if not self.universe.by_rules:
            # Nothing of a table-driven index depends on them.
            for key in ("review", "interim"):
                dumped.pop(key, None)
        restore(dumped, self._reasons)
        return dumped


def _without_nulls(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return type(value)(_without_nulls(inner) for inner in value)
    return value
