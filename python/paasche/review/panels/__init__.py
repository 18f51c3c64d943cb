"""Dense panels, days × securities: what :mod:`paasche.review.ground` is laid out of."""

from __future__ import annotations
