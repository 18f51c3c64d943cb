"""How often a live run calculates, publishes and keeps what it knows (R60)."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from paasche.errors import InputError

__all__ = ["MICROSECONDS", "Timing"]

MICROSECONDS = 1_000_000
"""Of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds between one thing and the next; `timing.toml` says what each is for.

    Parameters
    ----------
    calculate_every, publish_every : float
        The second is a whole multiple of the first.
    stale_after, snapshot_every, sync_every, wait, retry_every, drain, drain_stopped, after_close
        Of type float.

    Raises
    ------
    InputError
        One is no positive number, or publications would fall between calculations.

    Examples
    --------
    >>> Timing.standard().publish_every
    5.0
    >>> Timing.standard(publish_every=1.0).publish_every
    1.0
    """

    calculate_every: float
    publish_every: float
    stale_after: float
    snapshot_every: float
    sync_every: float
    wait: float
    retry_every: float
    drain: float
    drain_stopped: float
    after_close: float

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{field.name} = {value}: must be a positive number of seconds")
        if round(self.calculate_every * MICROSECONDS) < 1:
            raise InputError(
                f"calculate_every = {self.calculate_every}: must be a microsecond at least"
            )
        if self.publish % self.calculate:
            raise InputError(
                f"publish_every = {self.publish_every}: must be a whole multiple of "
                f"calculate_every = {self.calculate_every}"
            )

    @property
    def calculate(self) -> int:
        """Microseconds between calculations."""
        return round(self.calculate_every * MICROSECONDS)

    @property
    def publish(self) -> int:
        """Microseconds between publications."""
        return round(self.publish_every * MICROSECONDS)

    @classmethod
    def standard(cls, **changed: float) -> Timing:
        """Return the numbers of `timing.toml`, some of them changed.

        Parameters
        ----------
        **changed : float
        """
        return cls(**(_table() | changed))


@cache
def _table() -> dict[str, float]:
    text = (files("paasche.live.running") / "timing.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
