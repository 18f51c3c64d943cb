"""How a live run ended, in words: what was not taken, what stands on too little, who lacks what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paasche.cli.console import say

if TYPE_CHECKING:
    from paasche.live.running.status import Status

__all__ = ["rejected", "warn", "warn_of_silence", "warn_of_strangers"]


def rejected(status: Status) -> str:
    """Return how many ticks were not taken, and why."""
    why = ", ".join(f"{count:,} {name}" for name, count in status.rejected.items() if count)
    return f"{sum(status.rejected.values()):,} rejected" + (f" ({why})" if why else "")


def warn_of_silence(status: Status, indices: list[str]) -> None:
    """Say of a close at which constituents had not traded: it stands on their reference prices."""
    if status.last is None:
        return
    for index, traded in zip(indices, status.last.traded, strict=True):
        if traded < 1.0:
            say(
                "warning",
                f"{index}: {traded:.1%} of the constituents traded, the others stand at their "
                "opening reference prices: the closing level is that of the batch only where they "
                "have no close of the day",
            )


def warn(status: Status, *, is_kept: bool) -> None:
    """Say which orders were not taken, and which sinks do not have all."""
    if earlier := status.refused_count - len(status.refused):
        say("warning", f"{earlier:,} orders were refused before these")
    for refused in status.refused:
        say("warning", refused)
    for sink in status.sinks:
        if sink.complete:
            continue
        has = f"has publications up to {sink.sequence} of {status.sequence}"
        why = f" ({sink.trouble.removeprefix(f'{sink.name}: ')})" if sink.trouble else ""
        once = " once that is mended" if sink.trouble else ""
        mend = f"; run again with --resume{once}, and it gets the others" if is_kept else ""
        say("warning", f"{sink.name}: {has}{why}{mend}")


def warn_of_strangers(status: Status, feed: Any) -> None:  # noqa: ANN401  (its type loads polars)
    """Say of a source that had no tick of a constituent what it had instead."""
    if not status.ticks:
        left_out = ", ".join(f"{count:,} {why}" for why, count in feed.left_out.items() if count)
        say("warning", f"no tick of a constituent came; left out: {left_out or 'none'}")
