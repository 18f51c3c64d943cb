"""Markets for reviews: names that trade every weekday at one price, to be varied by a test."""

from datetime import date, timedelta

import polars as pl

import paasche as px
from paasche.review.dates.schedule import ReviewDates
from paasche.review.panels.ground import lay_ground
from paasche.review.screening.screens import eligibility

FIRST, LAST = date(2023, 4, 3), date(2024, 6, 28)
SESSIONS = [
    day
    for number in range((LAST - FIRST).days + 1)
    if (day := FIRST + timedelta(days=number)).weekday() < 5
]
# The review of June 2024: Tuesday 30 April is the cut-off, Friday 14 June the second Friday.
DATES = ReviewDates(
    month=date(2024, 6, 1),
    first=date(2023, 5, 1),
    last=date(2024, 4, 30),
    cutoff=date(2024, 4, 30),
    announcement=date(2024, 5, 31),
    adjustment_close=date(2024, 6, 14),
    effective=date(2024, 6, 17),
)
PLACES = {
    "SH": ("XSHG", "CNY"),
    "SZ": ("XSHE", "CNY"),
    "BJ": ("BJSE", "CNY"),
    "HK": ("XHKG", "HKD"),
}
SCHEMA = {
    "security": pl.String,
    "name": pl.String,
    "exchange": pl.String,
    "currency": pl.String,
    "class": pl.String,
    "board": pl.String,
    "company": pl.String,
    "industry": pl.String,
    "listed": pl.Date,
    "delisted": pl.Date,
}


def sessions_back(count, day=DATES.cutoff):
    """Return the last sessions up to a day, the day included."""
    return [one for one in SESSIONS if one <= day][-count:] if count else []


def frames(names, *, gaps=None, sessions=SESSIONS, **tables):
    """Tables of names, each with fields to vary: close 10, turnover 1000, 1000 shares, 600 float.

    ``gaps``: days without a price by name. Other keywords are tables.
    """
    gaps = gaps or {}
    given = [(code, {"listed": date(2010, 1, 4)} | fields) for code, fields in names.items()]
    master = [
        {
            "security": code,
            "name": fields.get("name", code),
            "exchange": PLACES[code[-2:]][0],
            "currency": PLACES[code[-2:]][1],
        }
        | {key: fields[key] for key in SCHEMA if key in fields}
        for code, fields in given
    ]
    prices = [
        (day, code, float(fields.get("close", 10.0)), 100, float(fields.get("turnover", 1000.0)))
        for code, fields in given
        for day in sessions
        if (fields["listed"] is None or day >= fields["listed"]) and day not in gaps.get(code, ())
    ]
    shares = [
        (code, date(2010, 1, 4), fields.get("total", 1000), fields.get("free_float", 600))
        for code, fields in given
    ]
    return {
        "securities": pl.DataFrame(master, schema=SCHEMA),
        "prices": pl.DataFrame(
            prices, schema=["date", "security", "close", "volume", "turnover"], orient="row"
        ),
        "shares": pl.DataFrame(
            shares,
            schema={
                "security": pl.String,
                "effective": pl.Date,
                "total": pl.Int64,
                "free_float": pl.Int64,
            },
            orient="row",
        ),
        "calendar": pl.DataFrame(
            [(exchange, day) for exchange in ("XSHG", "XHKG", "XSHE", "BJSE") for day in sessions],
            schema=["exchange", "date"],
            orient="row",
        ),
    } | tables


def rows(columns, *values):
    """Return a table: columns as one text, dates where the value is a date."""
    return pl.DataFrame(values, schema=columns.split(), orient="row", infer_schema_length=None)


def status(*values):
    schema = {"security": pl.String, "status": pl.String, "start": pl.Date, "end": pl.Date}
    return pl.DataFrame(values, schema=schema, orient="row")


def market(names, **options):
    return px.Market.from_frames(frames(names, **options))


def methodology(**sections):
    written = {
        "schema_version": 1,
        "index": {
            "code": "TEST",
            "name": "test",
            "currency": "CNY",
            "base_date": "2023-04-03",
            "base_level": 1000.0,
        },
        "universe": {"exchanges": ["XSHG", "XSHE", "XHKG"]},
        "selection": {"count": 2},
        "weighting": {"scheme": "free_float", "free_float_bands": "ces-2023"},
    }
    for section, keys in sections.items():
        written[section] = keys if isinstance(keys, list) else {**written.get(section, {}), **keys}
    return px.Methodology.from_dict(written)


def ground(names, rules=None, *, end=LAST, **options):
    return lay_ground(market(names, **options), rules or methodology(), end)


def judged(names, rules=None, *, constituents=(), dates=DATES, decisions=None, **options):
    """Return the eligibility of names at the review of June 2024."""
    rules = rules or methodology()
    found = market(names, **options)
    laid = lay_ground(found, rules, LAST)
    return eligibility(found, laid, rules, dates, constituents, **(decisions or {}))


def verdict(names, rules=None, *, of="600001.SH", **options):
    """Return (screen, rule) of one name, (None, None) where it is eligible."""
    table = judged(names, rules, **options).table
    return table.row(by_predicate=pl.col("security") == of, named=True)


def screen(names, rules=None, **options):
    row = verdict(names, rules, **options)
    assert row["eligible"] == (row["screen"] is None)
    return row["screen"], row["rule"]
