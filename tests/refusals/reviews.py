"""Reviews that cannot be held."""

from __future__ import annotations

from refusals.breaking import Case, both, nothing, rules

BY_RULES = both(
    rules('constituents = "table"', 'exchanges = ["XSHG", "XSHE", "XHKG"]'),
    rules("[weighting]", "[selection]\ncount = 2\n\n[weighting]"),
)


def on(day, *more):
    return ("review", "rules.toml", "--market", "market", "--date", day, *more)


def occupied(folder):
    """Leave a file in the folder that is to be written."""
    (folder / "trade").mkdir()
    (folder / "trade" / "mine.txt").write_text("mine", encoding="utf-8")


CASES = {
    "review without a day": Case(
        breaks=nothing,
        command=("review", "rules.toml", "--market", "market"),
        names="Missing option",
        mend="'--date'",
    ),
    "review on what is no day": Case(
        breaks=nothing,
        command=on("14/06/2016"),
        names="'--date': 14/06/2016",
        mend="must be a date, the year first",
    ),
    "review of a table of constituents": Case(
        breaks=nothing,
        command=on("2016-06-14"),
        names="SMALL universe.constituents = table",
        mend="needs rules in [universe] and [selection]",
    ),
    "review before the base date": Case(
        breaks=both(BY_RULES, rules("2016-06-06", "2016-06-08")),
        command=on("2016-06-07"),
        names="date = 2016-06-07",
        mend="must be on or after 2016-06-08, where SMALL begins",
    ),
    "review before the first prices": Case(
        breaks=both(BY_RULES, rules("2016-06-06", "2004-12-31")),
        command=on("2010-01-04"),
        names="date = 2010-01-04",
        mend="SMALL begins on 2004-12-31: add the prices before, or begin later, with an anchor",
    ),
    "review of a base date before the first prices": Case(
        breaks=both(BY_RULES, rules("2016-06-06", "2004-12-31")),
        command=on("2016-06-14"),
        names="index.base_date = 2004-12-31",
        mend="begin later, with an anchor",
    ),
    "review on a day whose prices have not arrived": Case(
        breaks=BY_RULES,
        command=on("2016-06-19"),
        names="date = 2016-06-19",
        mend="must have prices of 2016-06-17, the last session by then; the last is 2016-06-16",
    ),
    "review after the last known session": Case(
        breaks=BY_RULES,
        command=on("2066-06-14"),
        names="date = 2066-06-14",
        mend="the last known session",
    ),
    "review into a folder that is in use": Case(
        breaks=occupied,
        command=on("2016-06-14", "--out", "trade"),
        names="out = trade",
        mend="must be a folder that is new or empty; give another, or remove it",
    ),
}
