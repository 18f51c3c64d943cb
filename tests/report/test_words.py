"""Labels: each in every language, each used, each readable in both color schemes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import paasche.report
from paasche.market.vocabulary import ACTION_KINDS
from review.all_screens import every_screen

ROOM = Path(paasche.report.__file__).parent
LABELS = {
    (section, key): label
    for section, labels in tomllib.loads((ROOM / "words.toml").read_text("utf-8")).items()
    for key, label in labels.items()
}


def test_every_label_is_in_both_languages_with_the_same_gaps():
    for place, label in LABELS.items():
        assert set(label) == {"en", "zh"}, place
        gaps = [sorted(re.findall(r"\{\w*\}", text)) for text in label.values()]
        assert gaps[0] == gaps[1], place


def test_every_label_is_used():
    # Sections whose keys are words of the data or lists in the code.
    whole = {
        "action",
        "calendar",
        "event",
        "exchange",
        "meaning",
        "outcome",
        "period",
        "reason",
        "scheme",
        "screen",
        "short",
        "source",
        "standing",
        "term",
        "variant",
        "window",
        "zone",
    }
    code = "\n".join(
        path.read_text("utf-8") for path in ROOM.iterdir() if path.suffix in {".py", ".html"}
    )
    unused = [
        (section, key) for section, key in LABELS if section not in whole and f'"{key}"' not in code
    ]
    assert not unused


def test_every_screen_and_kind_of_corporate_action_has_a_label():
    known = {
        section: [key for of, key in LABELS if of == section] for section in ("screen", "action")
    }
    assert sorted(known["screen"]) == sorted(name for name, _ in every_screen())
    assert sorted(known["action"]) == sorted(ACTION_KINDS)


def luminance(color):
    digits = color.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(one * 2 for one in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def schemes():
    style = (ROOM / "factsheet.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(blocks) == 2
    return [dict(re.findall(r"--(\w+): (#\w+)", block)) for block in blocks]


@pytest.mark.parametrize("colors", schemes(), ids=["light", "dark"])
def test_text_and_lines_stand_out_from_the_sheet(colors):
    def contrast(one, other):
        light, dark = sorted((luminance(colors[one]), luminance(colors[other])), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    for name in ("text", "soft", "accent"):
        assert contrast(name, "sheet") >= 4.5, name
    for name in ("price", "gross", "net"):
        assert contrast(name, "sheet") >= 3, name
