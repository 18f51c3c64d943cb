"""What stands beside the tables of a part: its indices, their rules, failures, fingerprints."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from paasche import errors
from paasche.errors import Defect, PaascheError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PartRecord", "error_of", "said_of", "warnings_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRecord:
    """A finished part.

    Attributes
    ----------
    number : int
        From 0.
    inputs : str
        Fingerprint of all it was calculated from.
    given : dict
        What every index was calculated from: versions, market, span.
    rules : dict of str to str
        Hash of each methodology, by code.
    methodologies : dict of str to dict
        Content of each methodology.
    warnings : dict of str to list of dict
        What a reader should know, by code; empty ones are left out.
    failures : dict of str to dict
        Indices that could not be calculated: ``error`` and ``message``.
    content : dict of str to str
        Content fingerprint of each table that is kept.
    bytes : dict of str to int
        Size of each table's file.
    """

    number: int
    inputs: str
    given: dict[str, Any]
    rules: dict[str, str]
    methodologies: dict[str, dict[str, Any]]
    warnings: dict[str, list[dict[str, Any]]]
    failures: dict[str, dict[str, str]]
    content: dict[str, str]
    bytes: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        # What it holds is JSON already; a copy of it all would take longer than the writing.
        return {one.name: getattr(self, one.name) for one in fields(self)}


def said_of(failures: Mapping[str, PaascheError]) -> dict[str, dict[str, str]]:
    """Return failures as JSON holds them."""
    return {
        code: {"error": type(e).__name__, "message": str(e)} for code, e in sorted(failures.items())
    }


def error_of(said: Mapping[str, str]) -> PaascheError:
    """Return the error that was written; its defects stand in its message."""
    kind = getattr(errors, said["error"], PaascheError)
    found: PaascheError = kind(said["message"])
    return found


def warnings_of(said: Mapping[str, list[dict[str, Any]]]) -> dict[str, tuple[Defect, ...]]:
    """Return the warnings that were written, by code."""
    return {code: tuple(Defect(**one) for one in found) for code, found in said.items()}
