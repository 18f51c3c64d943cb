"""The page on the files says every word that the code may write into screen, event and cause."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from paasche.calculation.reports import EVENTS
from paasche.methodology.universe import Measure
from paasche.review.interim.event import Cause
from review.all_screens import every_screen

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")


def table(heading):
    """Return the rows of the table under a heading: words, and the last cell."""
    text = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return [
        (word, rule.strip() or None)
        for first, *_, rule in rows[1:]
        for word in re.findall(r"`(\w+)`", first)
    ]


def test_every_screen_is_listed_in_its_order_with_its_rule():
    measures = set(get_args(Measure))
    written, made = table("Screens"), every_screen()
    assert [one for one in written if one[0] not in measures] == [
        one for one in made if one[0] not in measures
    ]
    assert sorted(written, key=str) == sorted(made, key=str)


def test_every_event_is_listed_with_its_rule():
    assert table("Events of a run") == list(EVENTS.items())


def test_every_cause_of_an_announcement_is_listed():
    (line,) = re.findall(r"^\| `cause` \| text \|(.*)$", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", line) == list(get_args(Cause))
