"""The whole methodology: read, checked, frozen."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, model_serializer, model_validator

from paasche.errors import InputError
from paasche.methodology.assumptions import Assumption, dotted, restore, take
from paasche.methodology.defects import defects
from paasche.methodology.files import methodology_text, named, refusal, syntax
from paasche.methodology.index import Index  # noqa: TC001  (pydantic)
from paasche.methodology.net_total_return import NetTotalReturn  # noqa: TC001  (pydantic)
from paasche.methodology.section import Keys, Problem, Section
from paasche.methodology.sections import Fx, Prices, Shares, Universe
from paasche.methodology.tables import band_tables, share_rules
from paasche.methodology.versions import covers
from paasche.methodology.weighting import Weighting  # noqa: TC001  (pydantic)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    from pydantic import ModelWrapValidatorHandler, SerializerFunctionWrapHandler

__all__ = ["Methodology"]


class Methodology(Section):
    """The rules of one index, as its TOML file states them.

    Attributes
    ----------
    schema_version : int
        Version of the file layout.
    index, universe, weighting, shares, prices, fx, net_total_return
        The sections; ``net_total_return`` is None without that variant.

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

    _reasons: dict[Keys, str] = PrivateAttr(default_factory=dict)

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

    @property
    def assumptions(self) -> list[Assumption]:
        """The numbers that no public source gives, with those of the withholding tax table."""
        dumped = self.model_dump()
        found = [
            Assumption(dotted(keys), _at(dumped, keys)["value"], reason)
            for keys, reason in self._reasons.items()
        ]
        if self.net_total_return is not None:
            table = self.net_total_return.table
            named = isinstance(self.net_total_return.withholding_tax, str)
            path = f'net_total_return.withholding_tax["{table.name}"]' if named else table.name
            found += [
                Assumption(f"{path}[{place}].rate", entry.rate, entry.assumed)
                for place, entry in enumerate(table.entries)
                if entry.assumed is not None
            ]
        return found

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, of the content and of the numbers of the rule tables it names.

        Order of keys, comments and the way a number is written do not matter.
        """
        content = {"methodology": self.model_dump(mode="json"), "tables": self._tables()}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across sections that this methodology breaks."""
        net = "net_total_return"
        if net in self.index.variants and self.net_total_return is None:
            expected = f'must be given with the variant "{net}"; write withholding_tax in [{net}]'
            yield Problem((net,), None, expected)
        if net not in self.index.variants and self.net_total_return is not None:
            expected = f'must be left out, or come with the variant "{net}"'
            yield Problem((net,), None, expected)
        base, bands = self.index.base_date, self.weighting.free_float_bands
        yield from covers(("weighting", "free_float_bands"), bands, base)
        yield from covers(("shares", "rules"), self.shares.rules, base)

    def _tables(self) -> dict[str, object]:
        """Return the numbers of the rule tables in use; a source worded anew changes no number."""
        bands, rules = self.weighting.free_float_bands, self.shares.rules
        used: dict[str, list[Any]] = {
            "free_float_bands": [band_tables()[name] for name in _names(bands)],
            "share_rules": [share_rules()[name] for name in _names(rules)],
            "withholding_tax": []
            if self.net_total_return is None
            else [self.net_total_return.table],
        }
        return {
            kind: [{**asdict(table), "source": None} for table in tables]
            for kind, tables in used.items()
        }

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
        return methodology

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = _without_nulls(handler(self))
        restore(dumped, self._reasons)
        return dumped


def _names(versions: Any) -> list[str]:  # noqa: ANN401
    if versions is None or isinstance(versions, str):
        return [versions] if versions else []
    return [version.table for version in versions]


def _at(dumped: Any, keys: Keys) -> Any:  # noqa: ANN401
    for key in keys:
        dumped = dumped[key]
    return dumped


def _without_nulls(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return type(value)(_without_nulls(inner) for inner in value)
    return value
