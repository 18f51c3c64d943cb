"""Where a live run stands, in a line on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

from paasche.cli.console import Display, stderr

if TYPE_CHECKING:
    import datetime as dt

    from rich.console import Console

    from paasche.live.running.run import LiveRun

__all__ = ["LiveLine"]

_PER_SECOND = 4


class LiveLine(Display):
    """Show time, levels, ticks per second, lag, rejects and sinks while a run goes on.

    Parameters
    ----------
    run : LiveRun
    zone : datetime.tzinfo
        Of the time that is shown.
    console : Console, optional
        Where; None: stderr. Nothing is shown unless it is a terminal.
    """

    def __init__(self, run: LiveRun, zone: dt.tzinfo, console: Console | None = None) -> None:
        self._run, self._zone = run, zone
        super().__init__(
            Live(
                get_renderable=self.line,
                console=console or stderr(),
                refresh_per_second=_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
        )

    def line(self) -> Text:
        """Return the line as it is now."""
        # Loads polars, which help and --version do not need.
        from paasche.live.running.shown import clock_time  # noqa: PLC0415

        status = self._run.status
        if status.last is None:
            return Text("waiting for the opening")
        board = self._run.board
        index, variant, currency = board.rows.select("index", "variant", "currency").row(0)
        more = board.rows.height - 1
        parts = [
            clock_time(status.calculated, self._zone),
            f"{index} {variant.replace('_', ' ')} {currency} {status.last.levels[0]:,.4f}"
            + (f" and {more:,} more" if more else ""),
            f"{status.ticks:,} ticks, {status.ticks_per_second:,.0f}/s",
            f"lag {status.lag:.1f} s",
            f"{sum(status.rejected.values()):,} rejected",
            f"publication {status.sequence:,}",
            *(f"{status.refused_count:,} orders refused, {one}" for one in status.refused[-1:]),
            *(f"{one.name} {one.trouble or format(one.sequence, ',')}" for one in status.sinks),
        ]
        return Text(" · ".join(parts))
