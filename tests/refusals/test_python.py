"""What Python alone can get wrong: frames without their index, arguments of another kind."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import paasche as px
from paasche.errors import PaascheError
from refusals.good_folder import PRICES, RULES, SECURITIES
from refusals.kept import keep, kept


def pandas_prices():
    frame = pd.DataFrame([line.split(",") for line in PRICES.splitlines()[1:]])
    frame.columns = ["date", "security", "close"]
    return frame.assign(date=pd.to_datetime(frame["date"]), close=frame["close"].astype(float))


def market(prices):
    securities = pl.read_csv(SECURITIES.encode())
    return px.Market.from_frames({"securities": securities, "prices": prices})


def good():
    return market(pandas_prices())


def rules():
    return px.Methodology.from_toml(RULES)


CASES = {
    "date in the index of a pandas frame": (
        lambda: market(pandas_prices().set_index("date")),
        ("prices date", "call reset_index()"),
    ),
    "date and security in the index": (
        lambda: market(pandas_prices().set_index(["date", "security"])),
        ("prices security", "call reset_index()"),
    ),
    "prices in a wide frame": (
        lambda: market(
            pandas_prices().pivot_table(index="date", columns="security", values="close")
        ),
        ("prices", "must have the columns date, security, close", "unpivot, or melt in pandas"),
    ),
    "dates with a zone moved to UTC": (
        lambda: market(
            pandas_prices().assign(
                date=lambda f: f["date"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
            )
        ),
        ("prices:1 date = 2016-06-05T16:00:00+00:00", "leave the time of day out"),
    ),
    "codes that pandas read as numbers": (
        lambda: market(
            pandas_prices().assign(
                security=lambda f: f["security"].str.extract(r"(\d+)", expand=False).astype(int)
            )
        ),
        ("prices:1 security = 600519", "read codes as text"),
    ),
    "two types in a column": (
        lambda: market(
            {"date": ["2016-06-06"] * 2, "security": ["600519.SH"] * 2, "close": [1.0, "two"]}
        ),
        ("prices", "must have one type in a column"),
    ),
    "columns of unequal length": (
        lambda: market({"date": ["2016-06-06"], "security": ["600519.SH"], "close": [1.0, 2.0]}),
        ("prices", "must have columns of one length", "close 2"),
    ),
    "array in the place of a table": (
        lambda: market([1.0, 2.0]),
        ("prices", "must be a polars or pandas frame", "list"),
    ),
    "frame in the place of a market": (
        lambda: px.calculate(rules(), pandas_prices()),
        ("market = DataFrame", "must be a Market; make one with Market.read"),
    ),
    "path in the place of a methodology": (
        lambda: px.calculate("rules.toml", good()),
        ("methodology = str", "must be a Methodology; make one with Methodology.load"),
    ),
    "misspelt table of a market": (
        lambda: good()["price"],
        ("market['price']", "must be the name of a table; the nearest is prices"),
    ),
    "moment without its zone": (
        lambda: good().as_of("2016-06-14"),
        ("as_of = 2016-06-14", "must be a time with its offset from UTC"),
    ),
    "sessions of an exchange nobody knows": (
        lambda: good().calendars.sessions("XSGE", "2016-06-06", "2016-06-07"),
        ("exchange = XSGE", "give them in the table calendar"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_argument_is_refused_with_its_mend(refresh, name):
    call, says = CASES[name]
    with pytest.raises(PaascheError) as caught:
        call()
    message = f"{caught.value}\n"
    for words in says:
        assert words in message
    if refresh:
        purpose = "What Python alone can get wrong: frames and arguments of another kind."
        keep("python", purpose, list(CASES), name, message)
    assert message == kept("python")[name]


def test_every_kept_message_has_its_case():
    assert list(kept("python")) == list(CASES)
