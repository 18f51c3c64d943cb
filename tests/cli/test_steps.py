"""Progress: on a terminal, after a while, and nowhere else."""

from __future__ import annotations

import io
import threading
import time

import pytest
from rich.console import Console

from paasche.cli.steps import Steps


def shown(*, terminal, after, lasts):
    """Return what a command of one step prints."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    with Steps(1, console=console, after=after) as steps, steps.step("reading the market"):
        time.sleep(lasts)
    return console.file.getvalue()


def test_long_work_shows_its_step_on_a_terminal():
    assert "reading the market" in shown(terminal=True, after=0.01, lasts=0.3)


def test_short_work_shows_nothing():
    assert shown(terminal=True, after=5.0, lasts=0.0) == ""


def test_outside_a_terminal_nothing_is_shown():
    assert shown(terminal=False, after=0.01, lasts=0.1) == ""


def test_no_timer_outlives_the_command():
    before = set(threading.enumerate())
    shown(terminal=True, after=60.0, lasts=0.0)
    assert set(threading.enumerate()) <= before


def fail_after_a_while(console):
    with Steps(1, console=console, after=0.01) as steps, steps.step("reading"):
        time.sleep(0.2)
        raise ValueError


def test_the_display_goes_away_when_the_work_fails():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with pytest.raises(ValueError):
        fail_after_a_while(console)
    hide, show = "\x1b[?25l", "\x1b[?25h"
    assert console.file.getvalue().count(hide) == console.file.getvalue().count(show) == 1


def test_steps_are_timed():
    with Steps(2) as steps:
        with steps.step("reading"):
            time.sleep(0.02)
        with steps.step("writing"):
            pass
    assert list(steps.seconds) == ["reading", "writing"]
    assert steps.seconds["reading"] >= 0.02
    assert str(steps).startswith("reading 0.0")
