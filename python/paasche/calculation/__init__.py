"""Decide, hold, value, chain: from a methodology and a market to a result."""

from paasche.calculation.desk.advance import advance
from paasche.calculation.desk.check import check
from paasche.calculation.desk.compare import compare
from paasche.calculation.desk.comparison import Comparison
from paasche.calculation.desk.restate import restate
from paasche.calculation.explanation import Explanation
from paasche.calculation.kernel import ArrayResult, calculate_arrays
from paasche.calculation.many.result import ManyResult
from paasche.calculation.many.run import calculate_many
from paasche.calculation.result import Result
from paasche.calculation.reviewing import review
from paasche.calculation.run import calculate
from paasche.calculation.stored.state import State
from paasche.calculation.trade.review import Review

__all__ = [
    "ArrayResult",
    "Comparison",
    "Explanation",
    "ManyResult",
    "Result",
    "Review",
    "State",
    "advance",
    "calculate",
    "calculate_arrays",
    "calculate_many",
    "check",
    "compare",
    "restate",
    "review",
]
