"""What reviews measure on: dense panels, days × securities, and what was known when."""

from __future__ import annotations
