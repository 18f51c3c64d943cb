"""A market of a few names and sessions, to be varied by a test."""

from datetime import date, timedelta

import polars as pl

import paasche as px

MONDAY = date(2024, 1, 8)
SESSIONS = [MONDAY + timedelta(days=day) for day in range(12) if day % 7 < 5]
NAMES = ["600001.SH", "600002.SH"]


def tables(**others):
    """Two names at 10 and 20, ten sessions without a move; keyword tables replace or join."""
    found = {
        "securities": pl.DataFrame(
            {
                "security": NAMES,
                "name": ["one", "two"],
                "exchange": ["XSHG"] * 2,
                "currency": ["CNY"] * 2,
                "country": ["CN"] * 2,
            }
        ),
        "prices": pl.DataFrame(
            {
                "date": [day for day in SESSIONS for _ in NAMES],
                "security": NAMES * len(SESSIONS),
                "close": [10.0, 20.0] * len(SESSIONS),
            }
        ),
        "shares": pl.DataFrame(
            {
                "security": NAMES,
                "effective": [SESSIONS[0]] * 2,
                "total": [1_000_000] * 2,
                "free_float": [1_000_000] * 2,
            }
        ),
        "constituents": pl.DataFrame({"effective": [SESSIONS[0]] * 2, "security": NAMES}),
        "calendar": pl.DataFrame({"exchange": ["XSHG"] * len(SESSIONS), "date": SESSIONS}),
    }
    return found | others


def methodology(**sections):
    written = {
        "schema_version": 1,
        "index": {
            "code": "SMALL",
            "name": "small",
            "currency": "CNY",
            "base_date": SESSIONS[0],
            "base_level": 1000.0,
            "variants": ["price", "total_return"],
        },
        "universe": {"constituents": "table"},
        "weighting": {"scheme": "free_float", "free_float_bands": "ces-2023"},
    }
    for section, keys in sections.items():
        written[section] = {**written.get(section, {}), **keys}
    return px.Methodology.from_dict(written)


def calculated(rules=None, *, options=None, **others):
    market = px.Market.from_frames(tables(**others))
    return px.calculate(rules or methodology(), market, **(options or {}))


def actions(*rows):
    """Rows (security, ex_date, kind, fields) as a table."""
    columns = ("cash", "ratio", "price")
    return pl.DataFrame(
        [
            {"security": security, "ex_date": day, "kind": kind}
            | {name: fields.get(name) for name in columns}
            for security, day, kind, fields in rows
        ],
        schema={
            "security": pl.String,
            "ex_date": pl.Date,
            "kind": pl.String,
            **dict.fromkeys(columns, pl.Float64),
        },
    )
