"""Every bad input ends in one message that says where, what and how to mend it; nothing is written.

The cases are tables: what breaks a good folder, and what the message must name. The whole messages
stand in `messages/`; `kept.py` says how they are written anew.
"""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from paasche.cli import app
from refusals import (
    arguments,
    market_tables,
    market_values,
    methodologies,
    reviews,
    runs,
    system,
)
from refusals.good_folder import CALCULATE
from refusals.kept import keep, kept

FAMILIES = {
    module.__name__.rpartition(".")[2]: module
    for module in (market_tables, market_values, methodologies, arguments, reviews, runs, system)
}
CASES = [(family, name) for family, module in FAMILIES.items() for name in module.CASES]


def invoke(command):
    return CliRunner().invoke(app, list(command))


def everything(folder):
    """Return all that lies in a folder, with the content of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def flat(message):
    """Return a message as one line; a box of the option parser loses its frame."""
    return " ".join(re.sub(r"[╭╮╰╯│─]", " ", message).split())


def test_the_folder_that_the_cases_break_is_good(folder):
    done = invoke(CALCULATE)
    assert (done.exit_code, done.stderr) == (0, "")
    assert (folder / "run" / "levels.parquet").exists()


@pytest.mark.parametrize(("family", "name"), CASES, ids=[f"{one}: {two}" for one, two in CASES])
def test_bad_input_is_refused_with_one_message_and_nothing_written(
    folder, monkeypatch, refresh, family, name
):
    case = FAMILIES[family].CASES[name]
    case.breaks(folder)
    before = everything(folder)
    with monkeypatch.context() as system_of_the_case:
        if case.during is not None:
            case.during(system_of_the_case)
        done = invoke(case.command)

    assert done.exit_code == case.exit_code
    assert everything(folder) == before
    message = done.stderr.replace(str(folder), "/home/me")
    assert "Traceback" not in message
    assert len(re.findall(r"^(?:error|interrupted): |─ Error ─", message, re.MULTILINE)) == 1
    assert not re.search(r"^warning: ", message, re.MULTILINE)
    said = flat(message)
    assert case.names in said
    assert case.mend in said.partition(case.names)[2]
    if refresh:
        module = FAMILIES[family]
        keep(family, module.__doc__.splitlines()[0], list(module.CASES), name, message)
    assert message == kept(family)[name]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_kept_message_has_its_case(family):
    assert list(kept(family)) == list(FAMILIES[family].CASES)


def test_there_are_many_cases():
    assert len(CASES) >= 60


def test_a_message_is_a_sentence_of_its_own():
    """Every line states what must be; none is a bare complaint or a dump of Python.

    None stands in a call that mends alone: tz_localize(None).
    """
    for family in FAMILIES:
        for name, message in kept(family).items():
            assert not re.search(
                r"\binvalid input\b|, got\b|<class|(?<!\()None\b|DESIGN", message
            ), name


def test_debug_shows_where_an_error_was_raised(folder):
    (folder / "market" / "prices.csv").write_text("")
    done = invoke(("--debug", *CALCULATE))
    assert done.exit_code == 2
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert not (folder / "run").exists()
