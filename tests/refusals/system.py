"""What the system refuses or interrupts while a command runs."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
from pathlib import Path

import pytest

import paasche
from refusals.breaking import Case, nothing
from refusals.good_folder import CALCULATE


def full_disk(name):
    """Let a file of whatever folder is written lie on a disk without room."""

    def during(monkeypatch):
        if not Path("/dev/full").exists():
            pytest.skip("this system has no /dev/full")
        make = tempfile.mkdtemp

        def on_a_full_disk(**options):
            place = make(**options)
            Path(place, name).symlink_to("/dev/full")
            return place

        monkeypatch.setattr(tempfile, "mkdtemp", on_a_full_disk)

    return during


def refused(number):
    """Refuse every new folder with an error of the system; root, too, is refused this way."""

    def during(monkeypatch):
        def refuse(**options):
            raise OSError(number, os.strerror(number), options["dir"])

        monkeypatch.setattr(tempfile, "mkdtemp", refuse)

    return during


def not_allowed(monkeypatch):
    """Let the system say that the user may write nowhere."""
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)


def interrupt(*arguments, **options):
    # A job in the background is started with the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)


def interrupted_while_reading(monkeypatch):
    monkeypatch.setattr(paasche.Market, "read", interrupt)


def interrupted_at_the_last_moment(monkeypatch):
    monkeypatch.setattr(Path, "replace", interrupt)


SAMPLE = ("sample", "new", "--securities", "100")

CASES = {
    "disk that is full": Case(
        breaks=nothing,
        during=full_disk("levels.parquet"),
        names="out = run",
        mend="make room there, or give another place",
    ),
    "disk that is full while CSV is written": Case(
        breaks=nothing,
        during=full_disk("levels.csv"),
        command=(*CALCULATE, "--format", "csv"),
        names="out = run",
        mend="make room there, or give another place",
    ),
    "sample onto a disk that is full": Case(
        breaks=nothing,
        during=full_disk("prices.parquet"),
        command=SAMPLE,
        names="path = new",
        mend="make room there, or give another place",
    ),
    "place that one may not write to": Case(
        breaks=nothing,
        during=not_allowed,
        names="out = run",
        mend="allow it in /home/me, or give another",
    ),
    "place that one may not write to after all": Case(
        breaks=nothing, during=refused(errno.EACCES), names="out = run", mend="give another place"
    ),
    "disk that can only be read": Case(
        breaks=nothing, during=refused(errno.EROFS), names="out = run", mend="give another place"
    ),
    "sample onto a disk that can only be read": Case(
        breaks=nothing,
        during=refused(errno.EROFS),
        command=SAMPLE,
        names="path = new",
        mend="give another place",
    ),
    "interrupted while reading": Case(
        breaks=nothing,
        during=interrupted_while_reading,
        exit_code=130,
        names="interrupted",
        mend="nothing is half-written",
    ),
    "interrupted at the last moment": Case(
        breaks=nothing,
        during=interrupted_at_the_last_moment,
        exit_code=130,
        names="interrupted",
        mend="nothing is half-written",
    ),
}
