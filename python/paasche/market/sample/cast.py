"""Who plays which part in the sample market: mergers, spin-offs, bankruptcies, giants that list.

Parts are given to names that are there anyway, at times when nothing else happens to them: the
other draws of the market stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from paasche.market.sample.sessions import MAINLAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from paasche.market.sample.stage import Stage

__all__ = ["EVENTFUL", "Cast", "Merger", "SpinOff"]

EVENTFUL = 500  # sessions; nothing of this happens in a shorter sample

# Mergers: shares of the names, by size, among which the absorbed ones are, and how many of them.
MERGERS = ((0.0, 0.125, 2), (0.16, 0.5, 2))
SWAPPED = (0.06, 0.27)  # value of the absorbed name / value of the acquirer
HALT = 15  # sessions without trade before an absorbed name leaves
APART = 120  # sessions between two mergers, or two spin-offs
CALLED_OFF = 60  # sessions from the announcement of a merger to the day it would have been
# Spin-offs: sessions from the ex-date to the first trade of the child, part of the price it takes.
SPIN_OFFS = ((1, 0.12), (5, 0.10), (12, 0.15))
SMALL, LARGE = 0.375, 0.1  # shares of the names by size: children are smaller, parents larger
# Tender offers: share of the total that is offered for; the second leaves too few in public hands.
TENDERS = (0.3523, 0.80)
BANKRUPT = (0.2, 1.0)  # one of the largest fifth, one of all
NEAR_REVIEW = (3, 19)  # sessions from a listing to a review that leave no time for a fast entry
NEWCOMERS = 4
BEIJING_OPENS = np.datetime64("2021-11-15")
BEIJING, RECEIPTS = 4, 2
STATED = 0.05  # of the names have their free float stated by holders
HELD = (0.25, 0.6)  # free float / total of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Merger:
    """A share swap: the absorbed name has its last trade before `halt` and is gone at `ex`."""

    absorbed: int
    acquirer: int
    halt: int
    ex: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpinOff:
    """A part of the parent, `portion` of its price, that goes to its owners as child shares."""

    parent: int
    child: int
    ex: int
    listing: int
    portion: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Positions of the names that play a part; no name plays two."""

    mergers: tuple[Merger, ...] = ()
    called_off: tuple[Merger, ...] = ()
    spin_offs: tuple[SpinOff, ...] = ()
    bankrupt: tuple[int, ...] = ()
    tenders: tuple[tuple[int, int, float], ...] = ()
    newcomers: tuple[int, ...] = ()
    beijing: tuple[int, ...] = ()
    receipts: tuple[int, ...] = ()
    movers: tuple[int, ...] = ()
    stated: tuple[int, ...] = ()
    taken: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    @property
    def eventful(self) -> bool:
        """Whether the sample is long enough for parts, and for what goes with them."""
        return bool(self.taken.any())

    @classmethod
    def draw(cls, rng: np.random.Generator, stage: Stage) -> Cast:
        """Give out the parts; in a sample shorter than `EVENTFUL` sessions there are none."""
        if len(stage.sessions) < EVENTFUL:
            return cls(taken=np.zeros(len(stage.names), dtype=np.bool_))
        casting = _Casting(rng, stage)
        return cls(
            mergers=tuple(casting.mergers()),
            spin_offs=tuple(casting.spin_offs()),
            called_off=tuple(casting.called_off()),
            bankrupt=tuple(casting.bankrupt()),
            newcomers=tuple(casting.newcomers()),
            tenders=tuple(casting.tenders()),
            **casting.places(),
            stated=tuple(casting.stated()),
            taken=casting.taken,
        )


class _Casting:
    """Parts being given out, one after another; `taken` names have one."""

    def __init__(self, rng: np.random.Generator, stage: Stage) -> None:
        self.rng, self.stage = rng, stage
        self.taken = stage.names.giant.copy()

    def _any(self, fits: NDArray[np.bool_]) -> list[int]:
        """Return the fitting names without a part, in random order."""
        order: list[int] = self.rng.permutation(np.flatnonzero(fits & ~self.taken)).tolist()
        return order

    def _take(self, fits: NDArray[np.bool_], count: int) -> tuple[int, ...]:
        chosen = tuple(sorted(self._any(fits)[:count]))
        self.taken[list(chosen)] = True
        return chosen

    def _seasoned(self, market: int) -> NDArray[np.bool_]:
        names = self.stage.names
        fits: NDArray[np.bool_] = self.stage.stays & (names.first == 0) & (names.market == market)
        return fits & ~self.taken

    def mergers(self) -> Iterator[Merger]:
        """Turn some of the ordinary delistings into share swaps with a larger name."""
        names, stage, days = self.stage.names, self.stage, list[int]()
        leaves = ~stage.stays & ~names.negative
        for low, high, wanted in MERGERS:
            found = 0
            for absorbed in self._any(leaves & stage.between(low, high)):
                ex, halt = int(names.gone[absorbed]), int(names.last[absorbed]) - HALT + 1
                if found == wanted or any(abs(ex - day) < APART for day in days):
                    continue
                share = stage.value[halt, absorbed] / stage.value[halt]
                fits = self._seasoned(int(names.market[absorbed])) & stage.quiet(halt, ex)
                fits &= (share > SWAPPED[0]) & (share < SWAPPED[1])
                if not fits.any():
                    continue
                acquirer = int(np.argmax(np.where(fits, stage.value[halt], 0.0)))
                self.taken[[absorbed, acquirer]] = True
                found += 1
                days.append(ex)
                yield Merger(absorbed=absorbed, acquirer=acquirer, halt=halt, ex=ex)

    def spin_offs(self) -> Iterator[SpinOff]:
        """Make some of the small listings children of a large name."""
        names, stage, days = self.stage.names, self.stage, list[int]()
        length = len(stage.sessions)
        parts = list(SPIN_OFFS)
        listed = (names.first > length // 8) & (names.first < length - APART) & stage.stays
        for child in self._any(listed & stage.plain & stage.between(SMALL, 1.0)):
            market, listing = int(names.market[child]), int(names.first[child])
            if not parts or any(abs(listing - day) < APART for day in days):
                continue
            lag, portion = parts[0]
            own = np.flatnonzero(stage.sessions.is_open[market])
            ex = int(own[np.searchsorted(own, listing) - lag])
            fits = self._seasoned(market) & stage.quiet(ex, listing) & stage.between(0.0, LARGE)
            if not fits.any():
                continue
            parent = int(np.argmax(np.where(fits, stage.value[ex], 0.0)))
            self.taken[[child, parent]] = True
            parts.pop(0)
            days.append(listing)
            yield SpinOff(parent=parent, child=child, ex=ex, listing=listing, portion=portion)

    def called_off(self) -> Iterator[Merger]:
        """Announce a merger of two large names that does not come about (N3)."""
        pair = self._any(self._seasoned(MAINLAND) & self.stage.between(0.0, LARGE))[:2]
        if len(pair) == 2:  # noqa: PLR2004
            self.taken[pair] = True
            pair.sort(key=lambda name: int(self.stage.rank[name]))
            announced = int(self.rng.integers(EVENTFUL // 2, len(self.stage.sessions) - CALLED_OFF))
            ex = int(self.stage.sessions.following[MAINLAND, announced + CALLED_OFF - 1])
            if ex < len(self.stage.sessions):
                yield Merger(absorbed=pair[1], acquirer=pair[0], halt=announced, ex=ex)

    def bankrupt(self) -> Iterator[int]:
        """Turn some of the delistings after a bad event into bankruptcies."""
        for largest in BANKRUPT:
            bad = self.stage.names.negative & self.stage.between(0.0, largest)
            yield from self._take(bad, 1)

    def newcomers(self) -> Iterator[int]:
        """Choose listings that become giants, the first one shortly before a review."""
        names, stage = self.stage.names, self.stage
        length = len(stage.sessions)
        listed = (names.first > length // 10) & (names.first < length - EVENTFUL // 4)
        listed &= stage.stays & (names.market == MAINLAND)
        reviews = np.append(stage.sessions.review_closes() + 1, 2 * length)
        left = reviews[np.searchsorted(reviews, names.first)] - names.first
        yield from self._take(listed & (left >= NEAR_REVIEW[0]) & (left < NEAR_REVIEW[1]), 1)
        for part in range(1, NEWCOMERS):
            low, high = (length * (part - 1) // 3, length * part // 3)
            yield from self._take(
                listed & (left > NEAR_REVIEW[1]) & (names.first >= low) & (names.first < high), 1
            )

    def tenders(self) -> Iterator[tuple[int, int, float]]:
        """Choose names that somebody makes an offer for, the day it ends, and how much of them."""
        length = len(self.stage.sessions)
        for share in TENDERS:
            at = int(self.rng.integers(EVENTFUL // 2, length - 1))
            at = int(self.stage.sessions.preceding[MAINLAND, at])
            fits = (
                self._seasoned(MAINLAND) & self.stage.between(0.0, SMALL) & self.stage.quiet(at, at)
            )
            yield from ((name, at, share) for name in self._take(fits, 1))

    def places(self) -> dict[str, tuple[int, ...]]:
        """Choose names of the Beijing exchange, receipts, and names that move from Beijing."""
        names, stage = self.stage.names, self.stage
        board = names.securities["board"].to_numpy()
        opened = stage.sessions.position(BEIJING_OPENS)
        young = (names.first >= opened) & (names.market == MAINLAND) & stage.stays
        early = young & (names.first < len(stage.sessions) - APART)
        movers = self._take(early & (board == "star"), 1)
        movers += self._take(early & (board == "chinext"), 1)
        small = young & stage.between(SMALL, 1.0) & (board != "star")
        return {
            "movers": movers,
            "beijing": self._take(small, BEIJING),
            "receipts": self._take(stage.stays & (board == "star") & (names.first > 0), RECEIPTS),
        }

    def stated(self) -> tuple[int, ...]:
        """Choose names whose free float only their holders tell."""
        names, stage = self.stage.names, self.stage
        ratio = names.free_float / names.total
        fits = stage.steady & stage.stays & (ratio > HELD[0]) & (ratio < HELD[1])
        count = int(STATED * len(names))
        large = self._take(fits & stage.between(0.0, SMALL), count // 2)
        return large + self._take(fits, count - len(large))
