"""Some small indices on one market, and what runs of them leave behind."""

from __future__ import annotations

import json

import paasche as px
from calculation import small_markets as small

TOML = """
schema_version = 1
[index]
code = "{code}"
name = "small"
currency = "CNY"
base_date = {base}
base_level = 1000.0
[universe]
constituents = "table"
[weighting]
scheme = "free_float"
free_float_bands = "ces-2023"
"""

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


def write(folder, *codes, base=small.SESSIONS[0]):
    """Write methodologies of some codes into a folder, which may be there already."""
    folder.mkdir(exist_ok=True)
    for code in codes:
        (folder / f"{code}.toml").write_text(TOML.format(code=code, base=base), encoding="utf-8")
    return folder


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


def left(out):
    """Return the content of a finished run, and what it says of those that failed."""
    return content(out), record(out)["failures"]


def times(out):
    """Return when each part was committed; what a killed run had not renamed yet is none."""
    records = sorted((out / "parts").glob("[!.]*"))
    return {record.name: record.stat().st_mtime_ns for record in records}
