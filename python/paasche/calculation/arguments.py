"""Arguments, refused in the same words by every function that takes them."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from paasche.errors import AssumptionWarning, InputError
from paasche.market import Market
from paasche.methodology import Methodology

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "assumptions_told",
    "check_market",
    "check_methodology",
    "run_folder",
    "tell_assumptions",
]

# Filters of warnings belong to the process, this to the thread: parts run side by side.
_TOLD = ContextVar("told", default=False)


def check_market(market: object, argument: str = "market") -> None:
    """Refuse what is no market.

    Parameters
    ----------
    market : object
    argument : str
        What the caller calls it.

    Raises
    ------
    InputError
        It is no `Market`.
    """
    if not isinstance(market, Market):
        raise InputError(
            f"{argument} = {type(market).__name__}: must be a Market; make one with Market.read or "
            "Market.from_frames"
        )


def check_methodology(methodology: object) -> None:
    """Refuse what is no methodology.

    Raises
    ------
    InputError
        It is no `Methodology`.
    """
    if not isinstance(methodology, Methodology):
        raise InputError(
            f"methodology = {type(methodology).__name__}: must be a Methodology; make one with "
            "Methodology.load, from_toml or from_dict"
        )


def tell_assumptions(methodology: Methodology, *, strict: bool) -> None:
    """Warn once of assumed numbers, or refuse them.

    Parameters
    ----------
    methodology : Methodology
    strict : bool
        Refuse them.

    Raises
    ------
    InputError
        There are some, and the run is strict.
    """
    found = methodology.assumptions
    if not found:
        return
    listed = "; ".join(f"{one.path} = {one.value}: {one.reason}" for one in found)
    count = f"{len(found)} assumed number{'s' if len(found) > 1 else ''}"
    message = f"{methodology.index.code} rests on {count}: {listed}"
    if strict:
        raise InputError(
            f"{message}; a strict run refuses that: write the number plainly once a source gives it"
        )
    if _TOLD.get():
        return
    warnings.warn(message, AssumptionWarning, stacklevel=3)


@contextmanager
def assumptions_told() -> Iterator[None]:
    """Warn of no assumed number inside: whoever calls has told of them all."""
    token = _TOLD.set(True)
    try:
        yield
    finally:
        _TOLD.reset(token)


def run_folder(
    run: object, argument: str = "run", kinds: str = "the path of a run directory"
) -> Path:
    """Return the path of a run directory that an argument names.

    Parameters
    ----------
    run : object
    argument : str
        What the caller calls it.
    kinds : str
        What the caller takes, for the message.

    Raises
    ------
    InputError
        It is no path.

    Examples
    --------
    >>> run_folder("runs/2024").name
    '2024'
    """
    if not isinstance(run, str | os.PathLike):
        raise InputError(
            f"{argument} = {type(run).__name__}: must be {kinds}; Result.write makes one"
        )
    return Path(run)
