"""Arguments of the wrong kind, refused in the same words by every function that takes them."""

from __future__ import annotations

import os
from pathlib import Path

from paasche.errors import InputError
from paasche.market import Market

__all__ = ["check_market", "run_folder"]


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
