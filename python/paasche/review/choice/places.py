"""The places of an index while they are given out, and the quotas that pass names over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

__all__ = ["Alike", "Places", "Step"]

Step: TypeAlias = Literal["top", "buffer", "open", "restored"]
"""Why a name has its place: by the top zone, as a constituent in the buffer zone, in a place left
open, or as a constituent that the turnover limit keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A quota: how many constituents may have one label.

    Attributes
    ----------
    by : str
        What they have in common, such as "industry".
    labels : mapping of str to str or None
        Label by security; a security without one is not limited.
    count : int
        Largest number of constituents with one label.
    """

    by: str
    labels: Mapping[str, str | None]
    count: int


class Places:
    """The places of an index, given out in an order of preference.

    Attributes
    ----------
    taken : dict of str to str
        Who has a place, and the step that gave it.
    passed : dict of str to str
        Who was passed over although a place was free, and the quota that was full.
    """

    def __init__(self, count: int, quotas: Sequence[Alike]) -> None:
        self.taken: dict[str, Step] = {}
        self.passed: dict[str, str] = {}
        self._count = count
        self._quotas = quotas
        self._alike: Counter[tuple[int, str]] = Counter()

    def fill(self, names: Iterable[str], step: Step) -> None:
        """Give places to names in this order, while there are places."""
        for name in names:
            if len(self.taken) >= self._count:
                return
            full = self._full(name)
            if full is None:
                self._take(name, step)
            else:
                self.passed[name] = full

    def without(self, names: AbstractSet[str]) -> Places:
        """Return the places as they are when some names give theirs back."""
        places = Places(self._count, self._quotas)
        for name, step in self.taken.items():
            if name not in names:
                places._take(name, step)
        return places

    def _take(self, name: str, step: Step) -> None:
        self.taken[name] = step
        self.passed.pop(name, None)
        self._alike.update(self._labels(name))

    def _full(self, name: str) -> str | None:
        for place, label in self._labels(name):
            quota = self._quotas[place]
            if self._alike[place, label] >= quota.count:
                return f"{quota.count} for {quota.by} {label}"
        return None

    def _labels(self, name: str) -> Iterator[tuple[int, str]]:
        for place, quota in enumerate(self._quotas):
            label = quota.labels.get(name)
            if label is not None:
                yield place, label
