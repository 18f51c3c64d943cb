"""A part: some indices calculated from one market, a failing one beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from paasche.calculation.arguments import assumptions_told
from paasche.calculation.many.tables import below_each_other, tables_of
from paasche.calculation.run import calculate
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import polars as pl

    from paasche.errors import Defect
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Asked", "Outcome", "calculate_part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of every index alike.

    Attributes
    ----------
    start, end : datetime.date, optional
        First and last day of the output.
    threads : int, optional
        Threads of the core for one index.
    strict : bool
        An index with assumed numbers fails.
    """

    start: date | None = None
    end: date | None = None
    threads: int | None = None
    strict: bool = False


class Outcome(NamedTuple):
    """What became of a part.

    Attributes
    ----------
    tables : dict of str to polars.DataFrame
        Those of the indices that could be calculated, in the order of the part.
    failures : dict of str to PaascheError
        Why the others could not, by code.
    warnings : dict of str to tuple of Defect
        What a reader should know, by code; an index without any is left out.
    """

    tables: dict[str, pl.DataFrame]
    failures: dict[str, PaascheError]
    warnings: dict[str, tuple[Defect, ...]]


def calculate_part(
    methodologies: Sequence[Methodology],
    market: Market,
    asked: Asked,
    tell: Callable[[str], object] | None = None,
) -> Outcome:
    """Calculate some indices from one market.

    Parameters
    ----------
    methodologies : sequence of Methodology
        In the order of their codes.
    market : Market
    asked : Asked
    tell : callable, optional
        Called with the code of each index that is done; what it raises stops the part.

    Returns
    -------
    Outcome
        An index that the rules or the data refuse is among its failures. Any other error is a
        fault of the program or of the machine, and is raised.
    """
    pieces = []
    failures: dict[str, PaascheError] = {}
    warnings = {}
    with assumptions_told():
        for one in methodologies:
            code = one.index.code
            try:
                result = calculate(
                    one,
                    market,
                    start=asked.start,
                    end=asked.end,
                    threads=asked.threads,
                    strict=asked.strict,
                )
            except PaascheError as e:
                # Its traceback would hold every array of the calculation.
                failures[code] = e.with_traceback(None)
            else:
                pieces.append(tables_of(result))
                if result.warnings:
                    warnings[code] = result.warnings
            if tell is not None:
                tell(code)
    return Outcome(below_each_other(pieces), failures, warnings)
