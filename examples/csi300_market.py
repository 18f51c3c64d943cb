"""Build a market of all A shares of Shanghai and Shenzhen, October 2011 to October 2016.

Tables of a market from files of real data: what a review or a rebuilt index reads. The examples
``csi300_rebuild.py`` and ``csi300_reviews.py`` begin here. Names delisted before April 2017 are
mostly not in the files, and of 25 names there are prices but no capital events.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

import paasche as px

if TYPE_CHECKING:
    from pathlib import Path

FIRST, LAST = date(2011, 10, 10), date(2016, 10, 31)
"""Sessions of the published index in the files."""

A_SHARES = r"^(60\d{4}\.SH|00\d{4}\.SZ|30\d{4}\.SZ)$"
EX_RIGHT = 1
SHARE_CHANGES = (2, 3, 5, 7, 8, 9, 10)
"""Categories of the capital events; of 4 and 6 the figures are no share counts."""

TEN_THOUSAND = 10_000
PER = 10
"""Capital events count shares in ten thousands, and dividends, bonus and rights per ten shares."""


class Data(NamedTuple):
    """The source files as tidy frames: codes like 600519.SH, dates, yuan, shares, fractions."""

    prices: pl.DataFrame  # security, date, close (unadjusted; no row when suspended), turnover
    events: pl.DataFrame  # security, date, category, v1 to v4: as in the file, in its order
    structure: pl.DataFrame  # security, listed, other_classes: B and H shares in October 2020
    changes: pl.DataFrame  # security, effective, action, kind: changes of the CSI 300
    weights: pl.DataFrame  # security, date, weight: the CSI 300 at the close
    published: pl.DataFrame  # date, close: the CSI 300

    @property
    def sessions(self) -> pl.Series:
        """Sessions of both exchanges, from FIRST on; the last ones are later than LAST."""
        return self.prices["date"].unique().sort()


def read(folder: Path) -> Data:
    """Read the files."""
    code = pl.col("code")
    security = code.str.slice(2) + "." + code.str.slice(0, 2).str.to_uppercase()

    def tidy(frame: pl.DataFrame, days: str = "date") -> pl.DataFrame:
        dated = pl.col(days).cast(pl.String).str.to_date("%Y%m%d", strict=False)
        return frame.with_columns(dated, security=security)

    def a_shares(frame: pl.DataFrame) -> pl.DataFrame:
        own = security.str.contains(A_SHARES)
        return frame.join(frame.select(code.unique()).filter(own), on="code", how="semi")

    def parquet(name: str) -> pl.DataFrame:
        return pl.read_parquet(folder / name)

    def csv(name: str) -> pl.DataFrame:
        return pl.read_csv(folder / name)

    prices = tidy(a_shares(parquet("cn_stock_daily_2011_2017.parquet")))
    events = tidy(a_shares(parquet("cn_capital_events_1990_2020.parquet")))
    structure = tidy(a_shares(csv("cn_share_structure_20201109.csv.gz")), "list_date")
    changes = csv("csi_membership_changes.csv.gz").filter(index="csi300")
    index = parquet("cn_index_daily_2011_2016.parquet").filter(code="sh000300")
    weights = tidy(parquet("csi300_weights_2006_2024.parquet"))
    other = (pl.col("b_10k") + pl.col("h_10k")) * TEN_THOUSAND
    return Data(
        prices=prices.select(
            "security", "date", close=pl.col("close_raw") / 100, turnover=pl.col("amount_k") * 1e3
        ),
        events=events.select("security", "date", "category", "v1", "v2", "v3", "v4"),
        structure=structure.select("security", listed="list_date", other_classes=other),
        changes=tidy(changes, "effective").select("security", "effective", "action", "kind"),
        weights=weights.filter(pl.col("date").is_between(FIRST, LAST)).select(
            "security", "date", pl.col("weight") / 100
        ),
        published=tidy(index).sort("date").select("date", "close"),
    )


def count_history(data: Data) -> pl.DataFrame:
    """Return A shares by day of change: security, effective, total, tradable, freed, later.

    The total is the whole company's less B and H shares, which are known for 2020 only: they are
    brought back by the growth through later bonus issues (``later``). What B and H shares were
    placed in between stays wrong, but the total is never below the tradable A shares. ``freed``:
    shares that became tradable on the day without being new.
    """
    rows = data.events.filter(pl.col("category").is_in(SHARE_CHANGES), pl.col("v4") > 0).unique(
        ["security", "date"], keep="last", maintain_order=True
    )
    growth = (1 + pl.col("v3") / PER).cum_prod(reverse=True).over("security")
    bonus = data.events.filter(category=EX_RIGHT).sort("security", "date")
    total, tradable = pl.col("v4") * TEN_THOUSAND, pl.col("v3") * TEN_THOUSAND
    other = pl.col("other_classes").fill_null(0) / pl.col("later")
    new = pl.max_horizontal(pl.col("v4") - pl.col("v2"), 0.0)
    return (
        rows.sort("date")
        .join_asof(
            bonus.select("security", "date", later=growth).sort("date"),
            on="date",
            by="security",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .with_columns(pl.col("later").fill_null(1))
        .join(data.structure, on="security", how="left")
        .select(
            "security",
            "later",
            effective="date",
            total=pl.max_horizontal(total - other, tradable).round().cast(pl.Int64),
            tradable=tradable.round().cast(pl.Int64),
            freed=pl.max_horizontal(pl.col("v3") - pl.col("v1") - new, 0.0) * TEN_THOUSAND,
        )
        .sort("security", "effective")
    )


def in_span(counts: pl.DataFrame) -> pl.DataFrame:
    """Leave out counts after LAST, and all but the last of those up to FIRST."""
    following = pl.col("effective").shift(-1).over("security")
    return counts.sort("security", "effective").filter(
        pl.col("effective") <= LAST, (following > FIRST) | following.is_null()
    )


def market(data: Data, shares: pl.DataFrame, constituents: pl.DataFrame) -> px.Market:
    """Build the market with shares (security, effective, total, free_float) and constituents."""
    names = data.prices.group_by("security").agg(first=pl.col("date").min())
    code = pl.col("security")
    on_sse = code.str.ends_with(".SH")
    new = pl.col("first") > FIRST
    securities = names.join(data.structure, on="security", how="left").select(
        "security",
        name="security",
        exchange=pl.when(on_sse).then(pl.lit("XSHG")).otherwise(pl.lit("XSHE")),
        currency=pl.lit("CNY"),
        **{"class": pl.lit("A")},
        board=pl.when(code.str.starts_with("30")).then(pl.lit("chinext")).otherwise(pl.lit("main")),
        # Without a listing date: listed with the first price, if that is after the file's begin.
        listed=pl.coalesce("listed", pl.when(new).then("first")),
    )
    sessions = data.published.select("date")
    return px.Market.from_frames(
        {
            "securities": securities,
            "prices": data.prices.filter(pl.col("date") <= LAST),
            "shares": shares.join(names, on="security", how="semi"),
            "corporate_actions": corporate_actions(data),
            "status": suspensions(data),
            "constituents": constituents,
            "calendar": pl.concat(
                sessions.select(exchange=pl.lit(exchange), date="date")
                for exchange in ("XSHG", "XSHE")
            ),
        }
    )


def corporate_actions(data: Data) -> pl.DataFrame:
    """Return dividends, bonus and rights per share."""
    # Announced per ten shares with at most six decimals; what is beyond them is float32 noise.
    cash, bonus, rights = ((pl.col(per_ten) / PER).round(7) for per_ten in ("v1", "v3", "v4"))
    rows = data.events.filter(
        pl.col("category") == EX_RIGHT, pl.col("date").is_between(FIRST, LAST)
    )
    rows = rows.join(data.prices, on="security", how="semi")
    kinds = [
        rows.select("security", ex_date="date", kind=pl.lit("cash_dividend"), cash=cash),
        rows.select("security", ex_date="date", kind=pl.lit("bonus"), ratio=bonus),
        rows.select(
            "security",
            ex_date="date",
            kind=pl.lit("rights"),
            ratio=rights,
            price=pl.col("v2").round(2),
        ),
    ]
    happened = (pl.col("cash") > 0) | (pl.col("ratio") > 0)
    return pl.concat(kinds, how="diagonal").filter(happened)


def suspensions(data: Data) -> pl.DataFrame:
    """Return the status suspended: sessions without a row after a security's first.

    A security without a row to the end of the file is suspended on; names delisted in these years
    are not in the file.
    """
    sessions = data.sessions
    places = sessions.to_frame().with_columns(place=pl.int_range(pl.len()))
    rows = data.prices.select("security", "date").join(places, on="date").sort("security", "date")
    resumed = pl.col("place").shift(-1, fill_value=len(sessions)).over("security")
    gaps = rows.with_columns(resumed=resumed).filter(pl.col("resumed") > pl.col("place") + 1)
    ended = gaps["resumed"] < len(sessions)
    return gaps.select(
        "security",
        status=pl.lit("suspended"),
        start=sessions.gather(gaps["place"] + 1),
        end=pl.when(ended).then(sessions.gather(gaps["resumed"] - 1)),
    ).filter(pl.col("start") <= LAST)


def constituents(data: Data, counts: pl.DataFrame, base: date) -> pl.DataFrame:
    """Return the real baskets from a base date on: effective, security, kind.

    A name without a price or a share count before the session joins as soon as it has both: one
    that lists on the day it joins a session later, and one that is not in the files never.
    """
    kinds = dict(data.changes.select("effective", "kind").iter_rows()) | {base: "review"}
    priced = data.prices.group_by("security").agg(priced=pl.col("date").min())
    counted = counts.group_by("security").agg(counted=pl.col("effective").min())
    known = priced.join(counted, on="security").select(
        "security", known=pl.max_horizontal("priced", "counted")
    )
    ever = known.join(data.changes, on="security", how="semi")
    late = ever.filter(pl.col("known").is_between(base, LAST, closed="none"))["known"].unique()
    sessions = data.published["date"]
    joining = sessions.gather(sessions.search_sorted(late, "right"))
    days = pl.concat([data.changes["effective"], joining]).unique().sort()
    baskets: list[pl.DataFrame] = []
    for day in (base, *days.filter((days > base) & (days <= LAST))):
        in_time = pl.col("known") <= day if day == base else pl.col("known") < day
        names = members(data, day).join(known.filter(in_time), on="security", how="semi")
        if day not in kinds and names.equals(baskets[-1].select("security")):
            continue
        kind = "review" if kinds.get(day) == "review" else "interim"
        baskets.append(names.with_columns(effective=pl.lit(day), kind=pl.lit(kind)))
    return pl.concat(baskets)


def members(data: Data, day: date) -> pl.DataFrame:
    """Return the constituents of the CSI 300 on a day: security."""
    past = data.changes.filter(pl.col("effective") <= day).sort("effective", maintain_order=True)
    last = past.group_by("security").agg(pl.col("action").last())
    return last.filter(pl.col("action") != "delete").select("security").sort("security")
