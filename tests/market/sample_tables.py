"""The tables of the sample market, drawn once, and views of them that several tests need."""

from __future__ import annotations

import functools

import polars as pl

from paasche.market.sample import sample_market

Tables = dict[str, pl.DataFrame]

EX_KINDS = ("cash_dividend", "special_dividend", "bonus", "rights", "split")


@functools.cache
def tables() -> Tables:
    return sample_market()


@functools.cache
def sessions() -> pl.DataFrame:
    """Every security with the sessions of its exchange; Beijing keeps those of Shanghai."""
    return (
        tables()["securities"]
        .select("security", pl.col("exchange").replace("BJSE", "XSHG"))
        .join(tables()["calendar"], on="exchange")
        .select("security", "date")
        .sort("date", "security")
    )


@functools.cache
def ex_dates() -> pl.DataFrame:
    """Actions in force; `session` is the ex-date moved to a session of the exchange."""
    actions = tables()["corporate_actions"]
    return (
        actions.filter(
            pl.col("kind").is_in(EX_KINDS)
            & (pl.col("cancelled").is_null() | (pl.col("cancelled") > pl.col("ex_date")))
        )
        .sort("ex_date")
        .join_asof(
            sessions().with_columns(session="date"),
            left_on="ex_date",
            right_on="date",
            by="security",
            strategy="forward",
        )
        .drop("date")
    )


@functools.cache
def shares() -> pl.DataFrame:
    """The snapshots; where none states the free float, what the holders leave of it (R46)."""
    snapshots = tables()["shares"]
    stated = tables()["holders"].with_columns(group=pl.coalesce("group", "holder"))
    known = (
        snapshots.select("security", "effective", "total")
        .join(stated, on="security")
        .filter(pl.col("published") <= pl.col("effective"))
        .filter(pl.col("date") == pl.col("date").max().over("security", "effective"))
    )
    held = pl.col("shares").sum().over("security", "effective", "group")
    fixed = (pl.col("class") != "other") & (held * 20 >= pl.col("total"))
    excluded = pl.when(fixed).then("shares").otherwise("restricted")
    left = known.group_by("security", "effective").agg(
        left=pl.col("total").first() - excluded.sum()
    )
    return (
        snapshots.join(left, on=["security", "effective"], how="left", maintain_order="left")
        .with_columns(free_float=pl.coalesce("free_float", "left"))
        .drop("left")
    )


@functools.cache
def suspended_sessions() -> pl.DataFrame:
    """Every suspension with each session it takes away."""
    rows = tables()["status"].filter(pl.col("status") == "suspended")
    last = tables()["prices"]["date"].max()
    return (
        sessions()
        .join(rows, on="security")
        .filter(
            pl.col("date").is_between(pl.col("start"), pl.col("end").fill_null(last))
            & (pl.col("date") <= last)
        )
    )


def baskets(constituents: pl.DataFrame) -> list[pl.DataFrame]:
    """The membership per effective session, in time."""
    return constituents.sort("effective", "security").partition_by("effective", maintain_order=True)
