"""When: reviews, monthly changes and share changes on given sessions (R1 to R3, R30, R57)."""

from __future__ import annotations
