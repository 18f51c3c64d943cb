"""The methodologies that come with the package."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from typing import TYPE_CHECKING

from paasche.errors import InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["bundled", "bundled_file"]


def bundled() -> list[str]:
    """Return the names of the bundled methodologies, in ascending order.

    Examples
    --------
    >>> "sample-cross-border" in bundled()
    True
    """
    names = (entry.name for entry in _folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def bundled_file(name: str) -> Traversable:
    """Return the file of a bundled methodology.

    Raises
    ------
    InputError
        There is no methodology of this name; the message names the nearest and lists those there
        are.

    Examples
    --------
    >>> bundled_file("ces-120").name
    'ces-120.toml'
    """
    names = bundled()
    if name not in names:
        close = get_close_matches(name.lower(), names, n=1)
        nearest = f"the nearest is {close[0]}; " if close else ""
        raise InputError(
            f"methodology = {name}: must be a bundled methodology; {nearest}"
            f"bundled: {', '.join(names)}"
        )
    return _folder() / f"{name}.toml"


def _folder() -> Traversable:
    return files("paasche.methodology") / "indices"
