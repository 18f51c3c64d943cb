"""Some small indices on one market, and what runs of them leave behind."""

from __future__ import annotations

import json

import paasche as px
from calculation import small_markets as small

CODES = [f"I{number}" for number in range(7)]
TABLES = ("levels", "constituents", "divisors", "events", "securities")


def index(code, **sections):
    sections["index"] = {"code": code} | sections.get("index", {})
    return small.methodology(**sections)


def indices(codes=CODES):
    return [index(code) for code in codes]


def failing(code="BAD"):
    """An index whose base date has no basket."""
    return index(code, index={"base_date": small.SESSIONS[0].replace(year=2023)})


def market(**others):
    return px.Market.from_frames(small.tables(**others))


def tables(result):
    return {name: getattr(result, name) for name in TABLES}


def record(out):
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


def content(out):
    """Return the content fingerprints of a finished run, part by part."""
    found = record(out)
    assert found["finished"]
    return found["content"], [part["content"] for part in found["parts"]]


def times(out):
    """Return when each part was committed."""
    return {file.name: file.stat().st_mtime_ns for file in sorted((out / "parts").iterdir())}
