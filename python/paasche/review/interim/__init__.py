"""Interim changes: who enters and leaves between reviews, by which rule, and when (R22 to R34).

A module named by a noun reads one kind of event from the market, or holds a rule that knows no
market; one named by a verb applies an event at an opening (``absorb``, ``depart``, ``enter``,
``obey``, ``settle``). :mod:`paasche.review.walk` opens the days.
"""

from __future__ import annotations
