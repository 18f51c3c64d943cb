"""What changes the shares of a name: bonus, rights, splits, placements, buybacks, new free floats.

An event here is a plan in positions and ratios; its amounts come with the prices, in `actions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["ACTION_KINDS", "draw_capital"]

ACTION_KINDS = ("bonus", "rights", "split")

# Each name has at most one event of its capital in a slot of so many sessions, well inside it:
# share events stay apart, and a snapshot meets one action at a time.
SLOT = 60
SLOT_MARGIN = 10
ODDS = {
    "bonus": 0.010,
    "rights": 0.005,
    "split": 0.010,
    "placement": 0.055,
    "large_placement": 0.015,
    "free_float": 0.025,
}
KINDS = np.array([*ODDS, "none"])
PLACEMENT, NONE = list(ODDS).index("placement"), len(ODDS)
EXACT = slice(5, 125, 5)  # of the names by size: their first share event is exactly 5 %

BONUS_RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5, 1.0)
RIGHTS_RATIOS = (0.1, 0.15, 0.2, 0.3)
# Prices below or above which shares are consolidated, given as a bonus, split, split by more.
CHEAP, FAIR, DEAR, VERY_DEAR = 2.5, 5.0, 25.0, 60.0
ABOVE_MARKET = 0.06  # of the rights are priced above the last close
RENEWED = 0.75  # of the placements come with a new free float


def draw_capital(
    rng: np.random.Generator, sessions: Sessions, names: Names, price: NDArray[np.float64]
) -> pl.DataFrame:
    """Draw the events that change shares.

    Parameters
    ----------
    rng : numpy.random.Generator
    sessions : Sessions
    names : Names
    price : float64 array of shape (n_sessions, n_names)
        Price as it would be without corporate actions; splits and bonuses look at it.

    Returns
    -------
    polars.DataFrame
        name, session (position), kind, ratio (of an action), factor (on total shares), discount
        (rights price / close), percent (new free float, null where it stays); by name and session.
    """
    session, name, kind, exact = _draw_slots(rng, sessions, names)
    level = price[np.maximum(session - 1, 0), name]
    unfit = ((kind == "bonus") & (level < FAIR)) | (
        (kind == "split") & (level > CHEAP) & (level < DEAR)
    )
    # The level knows no split: a second one would find the price lower than that.
    splits = np.flatnonzero((kind == "split") & ~unfit)
    splits = splits[np.argsort(session[splits], kind="stable")]
    _, first = np.unique(name[splits], return_index=True)
    unfit[np.delete(splits, first)] = True
    kind = np.where(unfit, "placement", kind)
    ratio = _ratios(rng, kind, level)
    factor = _factors(rng, kind, ratio, exact)
    # Some rights are priced above the market, which raises the reference price (R63).
    above = rng.random(len(kind)) < ABOVE_MARKET
    discount = np.where(above, 1.05, rng.uniform(0.6, 0.92, len(kind)))
    issued = np.isin(kind, ("placement", "large_placement"))
    renewed = (kind == "free_float") | (issued & (rng.random(len(kind)) < RENEWED))
    percent = np.where(
        names.giant[name],
        rng.integers(45, 56, len(kind)),
        np.rint(rng.beta(1.6, 1.8, len(kind)) * 92) + 4,
    )
    return (
        pl.DataFrame(
            {
                "name": name,
                "session": session,
                "kind": np.where(issued, "placement", kind),
                "ratio": ratio,
                "factor": factor,
                "discount": np.where(kind == "rights", discount, np.nan),
                "percent": np.where(renewed, percent, np.nan),
            }
        )
        .with_columns(pl.col("ratio", "discount", "percent").fill_nan(None))
        .sort("name", "session")
    )


def _draw_slots(
    rng: np.random.Generator, sessions: Sessions, names: Names
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.str_], NDArray[np.bool_]]:
    """Draw position, name and kind of every event, and whether it is one of exactly 5 %."""
    shape = (len(sessions) // SLOT, len(names))
    which = np.searchsorted(np.cumsum(list(ODDS.values())), rng.random(shape), side="right")
    # Nothing happens to the marked names before, so that 5 % is 5 % of the initial count.
    exact = np.full(shape[1], -1)
    marked = np.argsort(-names.total * names.price, kind="stable")[EXACT]
    exact[marked] = rng.integers(2, 9, len(marked))
    slot = np.arange(shape[0])[:, np.newaxis]
    which = np.where(slot < exact, NONE, np.where(slot == exact, PLACEMENT, which))
    at = slot * SLOT + rng.integers(SLOT_MARGIN, SLOT - SLOT_MARGIN, shape)
    at = sessions.following[names.market, at]
    which = np.where(names.settled(at, np.arange(shape[1])), which, NONE)
    row, name = np.nonzero(which != NONE)
    return at[row, name], name, KINDS[which[row, name]], row == exact[name]


def _ratios(
    rng: np.random.Generator, kind: NDArray[np.str_], level: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Draw the ratios of bonus and rights; split what is dear, consolidate what is cheap."""
    drawn = {
        "bonus": rng.choice(BONUS_RATIOS, len(kind)),
        "rights": rng.choice(RIGHTS_RATIOS, len(kind)),
        "split": np.select([level < CHEAP, level > VERY_DEAR], [0.1, 5.0], 2.0),
    }
    return np.select([kind == of for of in drawn], list(drawn.values()), np.nan)


def _factors(
    rng: np.random.Generator,
    kind: NDArray[np.str_],
    ratio: NDArray[np.float64],
    exact: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Draw by what each event multiplies the total shares."""
    count = len(kind)
    sign = np.where(rng.random(count) < 3 / 4, 1.0, -1.0)
    drawn = {
        "bonus": 1 + ratio,
        # Not every right is taken up; the difference shows in the next snapshot (R52).
        "rights": 1 + ratio * rng.uniform(0.93, 1, count),
        "split": ratio,
        "placement": 1 + sign * rng.uniform(0.002, 0.045, count),
        "large_placement": 1 + sign * rng.uniform(0.055, 0.25, count),
    }
    factor = np.select([kind == of for of in drawn], list(drawn.values()), 1.0)
    return np.where(exact, 1 + 0.05 * sign, factor)
