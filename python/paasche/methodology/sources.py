"""The section ``[sources]``: where the numbers of a methodology are stated."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from paasche.methodology.aliases import meant_key
from paasche.methodology.assumptions import dotted
from paasche.methodology.section import Keys, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["source_problems"]


def source_problems(written: object, sources: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each source of a key that is not written.

    Parameters
    ----------
    written : object
        The methodology: keys and values as in the file.
    sources : mapping of str to str
        Text by dotted key, of a section or a value.
    """
    known = [dotted(keys) for keys in _places(written) if keys[0] != "sources"]
    for key in sources:
        if key in known:
            continue
        close = _beside(key, known) or next(iter(get_close_matches(key, known, n=1)), None)
        hint = f"the nearest is {close}" if close else "write the key, or remove its source"
        yield Problem(("sources", key), None, f"must be the source of a key of the file; {hint}")


def _beside(key: str, known: list[str]) -> str | None:
    """Return the key of the same section that the last part of another one stands for."""
    section, _, last = key.rpartition(".")
    beside = [name for name in known if name.rpartition(".")[0] == section]
    meant = meant_key(last, [name.rpartition(".")[2] for name in beside])
    return next((name for name in beside if name.rpartition(".")[2] == meant), None)


def _places(value: object, at: Keys = ()) -> Iterator[Keys]:
    if at:
        yield at
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _places(inner, (*at, str(key)))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _places(inner, (*at, place))
