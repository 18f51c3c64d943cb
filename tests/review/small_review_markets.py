"""Markets of a few names that trade every weekday at one price, and what an index does on them."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

import paasche as px
from paasche.review.history import review_history

FIRST, BASE, LAST = date(2025, 12, 1), date(2026, 1, 5), date(2026, 7, 31)
KNOWN = date(2027, 12, 31)
DRAGON_BOAT = date(2025, 6, 2)
REVIEW = date(2026, 6, 15)
"""Effective session of the review of June 2026: the Monday after the second Friday."""

PLACES = {
    "SH": ("XSHG", "CNY"),
    "SZ": ("XSHE", "CNY"),
    "BJ": ("BJSE", "CNY"),
    "HK": ("XHKG", "HKD"),
}
LISTED = date(2010, 1, 4)
MASTER = {
    "security": pl.String,
    "name": pl.String,
    "exchange": pl.String,
    "currency": pl.String,
    "class": pl.String,
    "board": pl.String,
    "listed": pl.Date,
}
SHARES = {
    "security": pl.String,
    "effective": pl.Date,
    "announced": pl.Date,
    "total": pl.Int64,
    "free_float": pl.Int64,
}
ACTIONS = {
    "security": pl.String,
    "ex_date": pl.Date,
    "kind": pl.String,
    "id": pl.String,
    "cash": pl.Float64,
    "ratio": pl.Float64,
    "price": pl.Float64,
    "announced": pl.Date,
    "cancelled": pl.Date,
    "related": pl.String,
}
STATUS = {
    "security": pl.String,
    "status": pl.String,
    "start": pl.Date,
    "end": pl.Date,
    "reason": pl.String,
}
DECISIONS = {
    "date": pl.Date,
    "index": pl.String,
    "security": pl.String,
    "decision": pl.String,
    "value": pl.Float64,
    "who": pl.String,
    "why": pl.String,
}


def weekdays(first, last):
    """Return the sessions of every exchange: weekdays but the holiday of a scenario."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and day != DRAGON_BOAT]


def session(day, steps=0):
    """Return the session a number of sessions after a day that is one, or before it."""
    known = weekdays(date(2024, 1, 1), KNOWN)
    return known[known.index(day) + steps]


def code(number):
    return f"{600000 + number}.SH"


def sized(count, **others):
    """Return names 1 to count, the largest first: a million shares for the last, at 10.

    Keywords n1, n2 … vary the fields of a name: total, free_float, close, closes, gaps, until,
    listed, board, class.
    """
    names = {code(at): {"total": (count - at + 1) * 1_000_000} for at in range(1, count + 1)}
    for word, fields in others.items():
        names[code(int(word[1:]))] |= fields
    return names


def frames(names, *, first=FIRST, last=LAST, **tables):
    """Return the tables of names; keywords replace or join them, and add to shares with `issues`.

    A close changes from the days of `closes` on; there is none on days of `gaps`, before the
    listing and after `until`.
    """
    own = {name: {"listed": LISTED} | fields for name, fields in names.items()}
    issues = tables.pop("issues", ())
    stated = [
        (
            name,
            fields["listed"],
            None,
            fields.get("total", 1_000_000),
            fields.get("free_float", fields.get("total", 1_000_000)),
        )
        for name, fields in own.items()
    ]
    made = {
        "securities": pl.DataFrame(
            [_master(name, fields) for name, fields in own.items()], schema=MASTER
        ),
        "prices": pl.DataFrame(
            [row for name, fields in own.items() for row in _prices(name, fields, first, last)],
            schema=["date", "security", "close", "volume", "turnover"],
            orient="row",
        ),
        "shares": pl.DataFrame([*stated, *issues], schema=SHARES, orient="row"),
        "calendar": pl.DataFrame(
            [(place, day) for place, _ in PLACES.values() for day in weekdays(first, KNOWN)],
            schema=["exchange", "date"],
            orient="row",
        ),
    }
    return made | tables


def _master(name, fields):
    exchange, currency = PLACES[name[-2:]]
    given = {"security": name, "name": name, "exchange": exchange, "currency": currency}
    return {"class": "A"} | given | {key: fields[key] for key in MASTER if key in fields}


def _prices(name, fields, first, last):
    close = fields.get("close", 10.0)
    closes, gaps = fields.get("closes", {}), fields.get("gaps", ())
    for day in weekdays(max(first, fields["listed"]), min(last, fields.get("until", last))):
        close = closes.get(day, close)
        if day not in gaps:
            yield day, name, float(close), 100, 1000.0


def table(schema, *rows):
    """Return rows (mappings) as a table; what they leave out is null."""
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def actions(*rows):
    """Return rows (security, ex_date, kind, fields) as a table."""
    return table(
        ACTIONS,
        *(
            {"security": name, "ex_date": day, "kind": kind} | dict(*rest)
            for name, day, kind, *rest in rows
        ),
    )


def status(*rows):
    """Return rows (security, status, start, end, reason) as a table; end and reason may lack."""
    return table(STATUS, *(dict(zip(STATUS, row, strict=False)) for row in rows))


def decisions(*rows):
    """Return rows (date, security, decision, value) as a table; the value may lack."""
    columns = ("date", "security", "decision", "value")
    said = {"who": "committee", "why": "minute 7"}
    return table(DECISIONS, *(dict(zip(columns, row, strict=False)) | said for row in rows))


def recorded(table, day):
    """Return rows with the evening on which they were recorded."""
    known = None if day is None else datetime.combine(day, time(10), tzinfo=UTC)
    return table.with_columns(known_at=pl.lit(known, dtype=pl.Datetime("us", "UTC")))


def even_rates(rate=0.9):
    """Return a rate of the Hong Kong dollar that never moves."""
    days = weekdays(FIRST, LAST)
    return pl.DataFrame({"date": days, "pair": "HKDCNY", "rate": rate})


def market(names, **options):
    return px.Market.from_frames(frames(names, **options))


def methodology(**sections):
    """Return rules: four names by market value, two more on the reserve list.

    Keywords vary sections; None takes a key or a whole section out.
    """
    written = {
        "schema_version": 1,
        "index": {
            "code": "SMALL",
            "name": "small",
            "currency": "CNY",
            "base_date": BASE,
            "base_level": 1000.0,
        },
        "universe": {"exchanges": ["XSHG", "XSHE"]},
        "selection": {"count": 4, "reserve_share": 0.5},
        "weighting": {"scheme": "free_float", "free_float_bands": "ces-2023"},
    }
    for section, keys in sections.items():
        both = {**written.pop(section, {}), **(keys or {})}
        if keys is not None:
            written[section] = {key: value for key, value in both.items() if value is not None}
    return px.Methodology.from_dict(written)


def history(names, rules=None, *, end=None, **options):
    """Return what rules make of a market up to its last day with prices."""
    found = market(names, **options)
    return review_history(
        found, rules or methodology(), end or found["prices"].select(pl.col("date").max()).item()
    )


def calculated(names, rules=None, **options):
    return px.calculate(rules or methodology(), market(names, **options))


def changes(history, day=None, *columns):
    """Return the changes after the base basket, of one day or all: who, what, by which rule."""
    rows = history.changes.filter(pl.col("cause") != "base")
    if day is not None:
        rows = rows.filter(effective=day)
    shown = columns or ("security", "change", "rule")
    return rows.sort("effective", "change", "security").select(shown).rows()


def members(history, day):
    """Return who is in on a day."""
    rows = history.constituents.filter(pl.col("effective") <= day)
    return rows.filter(effective=rows["effective"].max())["security"].to_list()


def flags(history, rule):
    """Return the flags of a rule: day and security."""
    return history.flags.filter(rule=rule).select("date", "security").rows()


def level(result, day):
    """Return the unrounded level of the price index on a session."""
    row = result.levels.filter(variant="price", currency="CNY", date=day)
    return row["level_unrounded"].item()
