"""What is asked of every index alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paasche.calculation.many.tables import SCHEMAS
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

__all__ = ["Asked", "tables_asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of every index alike.

    Attributes
    ----------
    start, end : datetime.date, optional
        First and last day of the output.
    threads : int, optional
        Threads of the core.
    strict : bool
        An index with assumed numbers fails.
    tables : tuple of str
        Tables that are kept.
    """

    start: date | None = None
    end: date | None = None
    threads: int | None = None
    strict: bool = False
    tables: tuple[str, ...] = tuple(SCHEMAS)

    @property
    def levels_alone(self) -> bool:
        """Whether nothing but levels is kept: then nobody asks how they came about."""
        return self.tables == ("levels",)


def tables_asked(tables: Iterable[str] | None) -> tuple[str, ...]:
    """Return the tables to keep, each once, in their order.

    Parameters
    ----------
    tables : iterable of str, optional
        None: all of them.

    Raises
    ------
    InputError
        One is no table of a run, or ``levels`` is not among them.

    Examples
    --------
    >>> tables_asked(["divisors", "levels"])
    ('levels', 'divisors')
    """
    if tables is None:
        return tuple(SCHEMAS)
    names = [tables] if isinstance(tables, str) else list(tables)
    known = ", ".join(SCHEMAS)
    for name in names:
        if name not in SCHEMAS:
            raise InputError(f"tables = {name}: must be of {known}")
    if "levels" not in names:
        listed = ", ".join(names) or "none"
        raise InputError(f"tables = {listed}: must have levels among them; add it")
    return tuple(name for name in SCHEMAS if name in names)
