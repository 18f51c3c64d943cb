"""A part: some indices calculated from one market, a failing one beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from paasche.calculation.arguments import assumptions_told
from paasche.calculation.many.facts import facts_of
from paasche.calculation.many.groups import groups
from paasche.calculation.many.tables import as_of_many, below_each_other
from paasche.calculation.many.together import Piece, calculate_together
from paasche.calculation.run import calculate
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from paasche.calculation.many.asked import Asked
    from paasche.errors import Defect
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Outcome", "calculate_part"]


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

    def done(code: str) -> None:
        if tell is not None:
            tell(code)

    facts = facts_of(market)
    pieces: list[Piece] = []
    failures: dict[str, PaascheError] = {}
    with assumptions_told():
        for group in groups(methodologies, market, facts, asked):
            pieces += calculate_together(group, market, facts, asked, done)
        calculated = {code for piece in pieces for code in piece.warnings}
        for one in methodologies:
            code = one.index.code
            if code in calculated:
                continue
            try:
                pieces.append(_alone(one, market, asked))
            except PaascheError as e:
                # Its traceback would hold every array of the calculation.
                failures[code] = e.with_traceback(None)
            done(code)
    warnings = {code: some for piece in pieces for code, some in piece.warnings.items() if some}
    return Outcome(_in_order(pieces, asked), failures, dict(sorted(warnings.items())))


def _in_order(pieces: Sequence[Piece], asked: Asked) -> dict[str, pl.DataFrame]:
    """Return the tables of all indices in the order of their codes."""
    if len(pieces) == 1:
        return below_each_other([pieces[0].tables], asked.tables)
    apart = sorted((one for piece in pieces for one in piece.apart()), key=lambda one: one[0])
    return below_each_other([tables for _, tables in apart], asked.tables)


def _alone(methodology: Methodology, market: Market, asked: Asked) -> Piece:
    """Calculate an index by itself."""
    result = calculate(
        methodology,
        market,
        start=asked.start,
        end=asked.end,
        threads=asked.threads,
        strict=asked.strict,
    )
    tables = {name: getattr(result, name) for name in asked.tables}
    code = methodology.index.code
    return Piece(as_of_many(code, tables), {code: result.warnings})
