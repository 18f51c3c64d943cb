"""A budget of memory, as people write it."""

from __future__ import annotations

import re

from paasche.errors import InputError

__all__ = ["bytes_of"]

LEAST = 32 << 20
"""What the libraries take at their first use, and a few pages: less is not kept to."""

_UNITS = {"": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Z]*)")


def bytes_of(memory: int | str) -> int:
    """Return the bytes of a budget of memory.

    Parameters
    ----------
    memory : int or str
        Bytes, or a number with its unit: ``512MB``, ``2GB``; a unit is 1,024 of the one before.

    Raises
    ------
    InputError
        It is no such text, or less than 32 MB.

    Examples
    --------
    >>> bytes_of("2GB")
    2147483648
    """
    found = _WRITTEN.fullmatch(str(memory).strip().upper())
    if isinstance(memory, bool) or found is None or found[2] not in _UNITS:
        raise InputError(f"memory = {memory}: must be a size such as 512MB or 2GB, or bytes")
    size = int(float(found[1]) * _UNITS[found[2]])
    if size < LEAST:
        raise InputError(f"memory = {memory}: must be at least 32MB")
    return size
