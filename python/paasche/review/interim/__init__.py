"""Interim changes: who enters and leaves between reviews, by which rule, and when (R22 to R34).

Each module reads one kind of event from the market and says what it asks of the membership;
:mod:`paasche.review.history` walks the days and applies it.
"""

from __future__ import annotations
