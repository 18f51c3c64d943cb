"""The methodologies that come with the package."""

from __future__ import annotations

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
    >>> bundled()
    ['sample-cross-border']
    """
    names = (entry.name for entry in _folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def bundled_file(name: str) -> Traversable:
    """Return the file of a bundled methodology.

    Raises
    ------
    InputError
        There is no methodology of this name; the message lists those there are.
    """
    if name not in bundled():
        raise InputError(f"methodology = {name}: must be one of {', '.join(bundled())}")
    return _folder() / f"{name}.toml"


def _folder() -> Traversable:
    return files("paasche.methodology") / "indices"
