"""The py-beacon-kit case in our terms: arrays for one call, and a market folder with its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from benches.beacon_case import BASE_LEVEL, START, TAX

from paasche import Market, Methodology
from paasche.calculation.arrays import (
    NONE,
    REVIEW,
    Actions,
    Caps,
    Changes,
    Intents,
    Origin,
    Panel,
    Rules,
    Snapshots,
)

if TYPE_CHECKING:
    from pathlib import Path

    from benches.beacon_case import Case
    from numpy.typing import NDArray

# The market folder knows four exchanges, none of them in New York: the names stand on the one in
# Hong Kong, and the table ``calendar`` gives it the sessions of the case.
EXCHANGE = "XHKG"


def _share_changes(case: Case) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return session and name of every share snapshot: the first session, and each change."""
    changed = np.diff(case.shares, axis=0, prepend=0) != 0
    return np.nonzero(changed)


def arrays(case: Case, cap: float) -> dict[str, object]:
    """Return the arguments of :func:`paasche.calculation.arrays.calculate_arrays`."""
    days = case.days.astype(np.int32)
    width = len(case.names)
    session, name = _share_changes(case)
    dated = days[session]
    split = case.actions["split"].to_numpy()
    effective = case.effective
    reviews = case.reviews.astype(np.uint32)
    return {
        "panel": Panel(
            days=days,
            instruments=case.names,
            prices=case.closes,
            fx=case.rates,
            currency=case.currency,
        ),
        "actions": Actions(
            instrument=case.actions["name"].to_numpy().astype(np.uint32),
            day=days[case.actions["session"].to_numpy()],
            kind=np.where(split, "split", "cash").tolist(),
            amount=case.actions["amount"].to_numpy(),
            price=np.zeros(len(split)),
            tax=np.where(split, 0.0, TAX),
        ),
        "snapshots": Snapshots(
            instrument=name.astype(np.uint32),
            effective=dated,
            listing=dated,
            due=days[np.minimum(session + 2, len(days) - 1)],
            basis=dated,
            total=case.shares[session, name],
            free_float=np.full(len(name), -1, np.int64),
        ),
        "changes": Changes(
            session=effective.astype(np.uint32),
            weighting_session=reviews,
            caps=np.zeros(len(reviews), np.uint32),
            inherit_real_close=np.ones(len(reviews), np.bool_),
            keeps_level=np.ones(len(reviews), np.bool_),
            causes=np.full(len(reviews), REVIEW, np.uint32),
        ),
        "intents": Intents(
            session=np.repeat(effective, width).astype(np.uint32),
            instrument=np.tile(np.arange(width, dtype=np.uint32), len(reviews)),
            verb=["factor"] * (width * len(reviews)),
            value=np.ones(width * len(reviews)),
            related=np.full(width * len(reviews), NONE, np.uint32),
        ),
        "rules": Rules(
            of_shares=True,
            scales=True,
            base_value=BASE_LEVEL,
            change_thresholds=[(int(days[0]), 0.05)],
            bands=[],
            caps=[Caps(single=cap)],
        ),
        "origin": Origin(
            session=0,
            base_level=BASE_LEVEL,
            price=BASE_LEVEL,
            total_return=BASE_LEVEL,
            net_total_return=BASE_LEVEL,
        ),
    }


def write_folder(case: Case, path: Path) -> None:
    """Write the market folder, in Parquet."""
    count, width = case.closes.shape
    days, names = pl.Series(case.days), pl.Series(case.names)
    session, name = _share_changes(case)
    acts = case.actions
    tables = {
        "securities": pl.DataFrame(
            {
                "security": case.names,
                "name": case.names,
                "exchange": [EXCHANGE] * width,
                "currency": [case.currencies[at] for at in case.currency],
                "country": case.countries,
            }
        ),
        "prices": pl.DataFrame(
            {
                "date": np.repeat(case.days, width),
                "security": case.names * count,
                "close": case.closes.ravel(),
                "volume": case.volumes.ravel(),
            }
        ),
        "shares": pl.DataFrame(
            {
                "security": names.gather(name),
                "effective": case.days[session],
                "total": case.shares[session, name],
            }
        ),
        "corporate_actions": acts.select(
            security=names.gather(acts["name"]),
            ex_date=days.gather(acts["session"]),
            kind=pl.when("split").then(pl.lit("split")).otherwise(pl.lit("cash_dividend")),
            cash=pl.when(~pl.col("split")).then("amount"),
            ratio=pl.when("split").then("amount"),
        ),
        "constituents": pl.DataFrame(
            {
                "effective": np.repeat(case.days[case.effective], width),
                "security": case.names * len(case.reviews),
            }
        ),
        "fx": pl.concat(
            pl.DataFrame(
                {"date": case.days, "pair": [f"{one}USD"] * count, "rate": case.rates[:, at]}
            )
            for at, one in enumerate(case.currencies)
            if at > 0
        ),
        "calendar": pl.DataFrame({"exchange": [EXCHANGE] * count, "date": case.days}),
    }
    Market.from_frames(tables).write(path)


def methodology(case: Case, cap: float) -> Methodology:
    """Write the index as a methodology."""
    taxed = "\n".join(
        f'  {{ country = "{country}", exchange = "{EXCHANGE}", kind = "cash_dividend", '
        f"rate = {TAX}, from = {START} }},"
        for country in sorted(set(case.countries))
    )
    return Methodology.from_toml(
        f"""
        schema_version = 1
        [index]
        code = "X"
        name = "X"
        currency = "USD"
        base_date = {START}
        base_level = {BASE_LEVEL}
        variants = ["price", "net_total_return"]
        [universe]
        constituents = "table"
        [weighting]
        scheme = "total"
        single_cap = {cap}
        lag = 1
        [shares]
        rules = "ces-2023"
        [net_total_return]
        withholding_tax = [
        {taxed}
        ]
        """
    )
