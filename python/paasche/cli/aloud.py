"""What a run rests on and a reader should know: assumed numbers, tolerated defects."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import paasche as px
from paasche.cli.console import say
from paasche.errors import AssumptionWarning

if TYPE_CHECKING:
    from paasche import Market, Methodology, Result

__all__ = ["calculate_aloud"]


def calculate_aloud(methodology: Methodology, market: Market, **options: Any) -> Result:  # noqa: ANN401
    """Calculate, and print every assumed number and tolerated defect as a line of its own.

    Parameters
    ----------
    methodology : Methodology
    market : Market
    **options
        Of `paasche.calculate`.

    Returns
    -------
    Result
    """
    with warnings.catch_warnings():
        # It holds all assumptions in one line; here each has its own.
        warnings.simplefilter("ignore", AssumptionWarning)
        result: Result = px.calculate(methodology, market, **options)
    for one in methodology.assumptions:
        code = methodology.index.code
        say("warning", f"{code} assumes {one.path} = {one.value}: {one.reason}")
    for defect in result.warnings:
        say("warning", str(defect))
    return result
