"""Who is chosen of those that may be: ranks, buffers, limits, quotas, reserve lists (R7 to R12)."""

from __future__ import annotations
