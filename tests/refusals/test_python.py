"""What Python alone can get wrong: frames without their index, arguments of another kind."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import paasche as px
from market import vendor_frames
from paasche.errors import PaascheError
from refusals.good_folder import CONSTITUENTS, FX, PRICES, RULES, SECURITIES, SHARES
from refusals.kept import keep, kept


def pandas_prices():
    frame = pd.DataFrame([line.split(",") for line in PRICES.splitlines()[1:]])
    frame.columns = ["date", "security", "close"]
    return frame.assign(date=pd.to_datetime(frame["date"]), close=frame["close"].astype(float))


def market(prices):
    securities = pl.read_csv(SECURITIES.encode())
    return px.Market.from_frames({"securities": securities, "prices": prices})


def market_with_shares(free_float):
    shares = pl.read_csv(SHARES.encode(), try_parse_dates=True)
    constituents = pl.read_csv(CONSTITUENTS.encode(), try_parse_dates=True)
    rates = pl.read_csv(FX.encode(), try_parse_dates=True)
    return px.Market.from_frames(
        {
            "securities": pl.read_csv(SECURITIES.encode()),
            "prices": pandas_prices(),
            "shares": shares.select("security", "effective", "total", free_float),
            "constituents": constituents,
            "fx": rates,
        }
    )


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
        (
            "prices:1 date = 2016-06-05T16:00:00+00:00",
            'in pandas .dt.tz_convert("Asia/Shanghai").dt.tz_localize(None).dt.normalize()',
        ),
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
    "list in the place of named tables": (
        lambda: px.Market.from_frames([pandas_prices()]),
        ("tables = list", "must be a mapping of table names to frames"),
    ),
    "path in the place of a market to check": (
        lambda: px.check("market/"),
        ("market = str", "must be a Market; make one with Market.read"),
    ),
    "path in the place of a market to advance on": (
        lambda: px.advance("run", "market/", "2016-06-17"),
        ("market = str", "must be a Market; make one with Market.read"),
    ),
    "path in the place of a market to compare by": (
        lambda: px.compare("run", "run2", market_a="market/"),
        ("market_a = str", "must be a Market; make one with Market.read"),
    ),
    "path in the place of a market to restate on": (
        lambda: px.restate("run", "market/", reason="a close"),
        ("market = str", "must be a Market; make one with Market.read"),
    ),
    "number in the place of a run": (
        lambda: px.restate(1, good(), reason="a close"),
        ("run = int", "must be the path of a run directory"),
    ),
    "path in the place of a methodology": (
        lambda: px.calculate("rules.toml", good()),
        ("methodology = str", "must be a Methodology; make one with Methodology.load"),
    ),
    "path in the place of the text of a methodology": (
        lambda: px.Methodology.from_toml("my.toml"),
        ("text = my.toml", 'Methodology.load("my.toml")'),
    ),
    "methodology of nothing": (
        px.Methodology,
        ("methodology: must be read by Methodology.load", "from_toml (text)"),
    ),
    "methodology of a path": (
        lambda: px.Methodology("my.toml"),
        ("methodology = my.toml: must be read by Methodology.load",),
    ),
    "methodology of too little": (
        lambda: px.Methodology(schema_version=1),
        ("methodology index: must be given", "add a section [index]"),
    ),
    "free float under another name in a frame": (
        lambda: px.calculate(rules(), market_with_shares(pl.col("free_float").alias("float"))),
        ("shares free_float: must be there", "add it under this name, or give the table holders"),
    ),
    "day with slashes": (
        lambda: px.calculate(rules(), good(), end="2016/06/14"),
        ("end = 2016/06/14: must be a date", "write 2016-06-14"),
    ),
    "vendor's frame without its endpoint": (
        lambda: px.market.from_tushare(vendor_frames.TUSHARE["daily"]),
        ("from_tushare frame = dict", "write daily=…"),
    ),
    "Hong Kong bars of a vendor": (
        lambda: px.market.from_tushare(hk_daily=vendor_frames.TUSHARE["daily"]),
        ("hk_daily: must be an endpoint that is covered", "give them as no other endpoint"),
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
