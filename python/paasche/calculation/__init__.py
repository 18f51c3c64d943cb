"""Decide, hold, value, chain: from a methodology and a market to a result."""

from paasche.calculation.kernel import ArrayResult, calculate_arrays
from paasche.calculation.result import Result
from paasche.calculation.run import calculate
from paasche.calculation.state import State

__all__ = ["ArrayResult", "Result", "State", "calculate", "calculate_arrays"]
