"""Vectors of a limited width: no result may depend on how wide they are."""

from __future__ import annotations

from contextlib import contextmanager

from paasche._core import limit_vectors

WIDTHS = (64, 128, 256, 512)
"""In bits; 64 is a lane by itself."""


@contextmanager
def vectors(bits):
    """Limit the width of vectors for as long."""
    before = limit_vectors(bits)
    try:
        yield
    finally:
        limit_vectors(before)


def under_each_width(work):
    """Return what work gives under each width."""
    found = []
    for bits in WIDTHS:
        with vectors(bits):
            found.append(work())
    return found
