"""Who is listed in the sample market: codes, names, sectors, lives, starting size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.sessions import HONG_KONG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.sessions import Sessions

__all__ = ["LOT", "SECTORS", "Names"]

# The line-up: exchange, board, suffix, first code, digits, share of the market.
LINES = (
    ("XSHG", "main", "SH", 600_000, 6, 0.34),
    ("XSHG", "star", "SH", 688_001, 6, 0.06),
    ("XSHE", "main", "SZ", 1, 6, 0.21),
    ("XSHE", "chinext", "SZ", 300_001, 6, 0.14),
    ("XHKG", "main", "HK", 1, 5, 0.25),
)
STAR_OPENS = np.datetime64("2019-07-22")

# Sector, its Chinese and its English trade word.
SECTORS = (
    ("Financials", "银行", "Bank"),
    ("Property", "置地", "Land"),
    ("Industrials", "重工", "Works"),
    ("Materials", "材料", "Minerals"),
    ("Energy", "能源", "Energy"),
    ("Utilities", "水务", "Water"),
    ("Consumer Discretionary", "家居", "Living"),
    ("Consumer Staples", "食品", "Foods"),
    ("Health Care", "医药", "Pharma"),
    ("Information Technology", "微电", "Micro"),
    ("Communication", "通联", "Telecom"),
)
CHINESE = (
    "青云松柏岚溪川岭泽禾竹梅兰荷枫桐榆杉麦谷泉岩雁鹭鹤",
    "丘屿湾渡桥塘陂原野坡岗汀渚洲浦埠堤沙石山林园舟帆灯",
)
ENGLISH = (
    """Amber Birch Cedar Copper Crane Delta Ember Falcon Fern Granite Harbor Heron Iris Jade Juniper
    Kestrel Larch Maple Onyx Pearl Quartz Robin Sable Teal Willow""",
    """Bay Bridge Brook Cape Cliff Creek Dale Field Ford Gate Glen Grove Heath Hill Isle Lake Marsh
    Moor Peak Pier Ridge Shore Stone Vale Wood""",
)

# Names that stay far ahead of the rest, so that caps bind: line, total capitalization in CNY.
GIANTS = ((0, 2.2e12), (4, 1.7e12), (0, 1.2e12), (2, 1.1e12), (4, 0.9e12), (0, 0.8e12))

LOT = 20_000  # initial share counts are multiples of it, so that a change of 5 % is exact
SEASONED_SESSIONS = 30
SETTLING = 20  # no event in the first sessions of a name, nor in its last
HKDCNY_AT_START = 0.80
NEGATIVE_EVERY = 2  # every second delisting follows a materially negative event


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names in ascending order of the code drawn; every array has shape (n_names,).

    Attributes
    ----------
    securities : polars.DataFrame
        The table ``securities``.
    codes : polars.Series
        Canonical security codes.
    market : int64 array
        0 mainland, 1 Hong Kong.
    sector : int64 array
        Position in `SECTORS`.
    giant : bool array
        Whether the name is one of the giants.
    first, last, gone : int64 arrays
        Positions of the first session with a price, the last one, and the first session without the
        name (``n_sessions`` if it stays).
    negative : bool array
        Whether the delisting follows a materially negative event.
    price : float64 array
        Price at the first session of the sample, in the quote currency.
    total, free_float : int64 arrays
        Shares when the name first appears.
    """

    securities: pl.DataFrame
    codes: pl.Series
    market: NDArray[np.int64]
    sector: NDArray[np.int64]
    giant: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    gone: NDArray[np.int64]
    negative: NDArray[np.bool_]
    price: NDArray[np.float64]
    total: NDArray[np.int64]
    free_float: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.market)

    def settled(self, at: NDArray[np.int64], name: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which positions lie well inside the traded life of their names."""
        inside: NDArray[np.bool_] = (at >= self.first[name] + SETTLING) & (
            at <= self.last[name] - SETTLING
        )
        return inside

    @classmethod
    def draw(cls, rng: np.random.Generator, sessions: Sessions, count: int) -> Names:
        """Draw ``count`` names."""
        table, giant_cap = _line_up(rng, count)
        market = (table["exchange"] == "XHKG").to_numpy().astype(np.int64)
        giant = giant_cap > 0
        listed, first = _listings(rng, sessions, table, market, giant)
        capital = np.where(giant, giant_cap, 6e9 * np.exp(1.1 * rng.standard_normal(count)))
        last, gone, negative = _delistings(
            rng, sessions, market, first, np.where(giant, 0, capital)
        )
        price = np.round(np.clip(12 * np.exp(0.8 * rng.standard_normal(count)), 3, 150), 2)
        in_cny = price * np.where(market == HONG_KONG, HKDCNY_AT_START, 1.0)
        total = np.maximum(np.rint(capital / in_cny / LOT).astype(np.int64), 50) * LOT
        # A third of the ratios are whole percents, to meet the bounds of the bands exactly.
        percent = np.clip(rng.beta(1.6, 1.8, count) * 100, 3, 100)
        percent = np.where(giant, rng.integers(45, 56, count), percent)
        percent = np.where(rng.random(count) < 1 / 3, np.rint(percent), percent)
        left = sessions.days[np.minimum(gone, len(sessions) - 1)]
        securities = table.select(
            *("security", "name", "exchange", "currency", "class", "board", "company", "country"),
            listed=pl.Series(listed),
            delisted=pl.when(pl.Series(gone < len(sessions))).then(pl.Series(left)),
            industry="industry",
        )
        return cls(
            securities=securities,
            codes=table["security"],
            market=market,
            sector=table["sector"].to_numpy(),
            giant=giant,
            first=first,
            last=last,
            gone=gone,
            negative=negative,
            price=price,
            total=total,
            free_float=np.rint(total * percent / 100).astype(np.int64),
        )


def _line_up(rng: np.random.Generator, count: int) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """Name and classify the securities by code; return with them the size of the giants."""
    bounds = np.rint(np.cumsum([0.0, *(share for *_, share in LINES)]) * count).astype(np.int64)
    line = np.searchsorted(bounds, np.arange(count), side="right") - 1
    within = np.arange(count) - bounds[line]
    chinese = _pairs(rng, *CHINESE, joint="")
    english = _pairs(rng, *(words.split() for words in ENGLISH), joint=" ")
    sector = rng.integers(0, len(SECTORS), count)
    abroad = np.array([exchange == "XHKG" for exchange, *_ in LINES])[line]
    # The first fifth of the Hong Kong lines are H shares of the first mainland issuers.
    paired = abroad & (within < count // 20)
    issuer = np.where(paired, within, np.arange(count))
    sector = sector[issuer]
    origin = np.where(rng.random(count) < 1 / 2, "KY", "HK")
    giant = np.zeros(count)
    for place, (of_line, capital) in enumerate(GIANTS):
        # Spaced apart so that the giants are no run of codes.
        giant[bounds[of_line] + 3 + 2 * place] = capital
    table = pl.DataFrame(
        {
            "security": [
                f"{LINES[at][3] + i:0{LINES[at][4]}d}.{LINES[at][2]}"
                for at, i in zip(line, within, strict=True)
            ],
            "name": [
                f"{english[i % len(english)]} {SECTORS[s][2]}"
                if at
                else f"{chinese[i % len(chinese)]}{SECTORS[s][1]}"
                for i, s, at in zip(np.where(abroad, within, issuer), sector, abroad, strict=True)
            ],
            "exchange": [LINES[at][0] for at in line],
            "board": [LINES[at][1] for at in line],
            "currency": np.where(abroad, "HKD", "CNY"),
            "class": pl.Series(np.where(paired, "H", "A")),
            "company": [f"C{i + 1:05d}" for i in issuer],
            "country": np.where(abroad & ~paired, origin, "CN"),
            "sector": sector,
            "industry": [SECTORS[s][0] for s in sector],
            "giant": giant,
        }
    ).with_columns(pl.when(pl.Series(~abroad | paired)).then("class").alias("class"))
    table = table.sort("security")
    return table.drop("giant"), table["giant"].to_numpy()


def _pairs(
    rng: np.random.Generator, firsts: str | list[str], seconds: str | list[str], *, joint: str
) -> list[str]:
    """Join every first word with every second one, in random order."""
    pairs = [f"{first}{joint}{second}" for first in firsts for second in seconds]
    return [pairs[i] for i in rng.permutation(len(pairs))]


def _listings(
    rng: np.random.Generator,
    sessions: Sessions,
    table: pl.DataFrame,
    market: NDArray[np.int64],
    giant: NDArray[np.bool_],
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Draw listing dates, most of them before the sample; return them and the first positions."""
    count, length = len(market), len(sessions)
    latest = length - 2 * SEASONED_SESSIONS
    star = (table["board"] == "star").to_numpy()
    opens = min(sessions.position(STAR_OPENS), latest - 1)
    floor = np.where(star, max(opens, SEASONED_SESSIONS), SEASONED_SESSIONS)
    at = sessions.following[market, rng.integers(floor, latest)]
    old = ((rng.random(count) < 3 / 4) & ~star) | giant
    # Weeks before the sample in days, then back from a weekend to the Friday before.
    past = sessions.days[0] - rng.integers(130, 20 * 365, count)
    past = past - np.maximum((past.astype(np.int64) + 3) % 7 - 4, 0)
    return np.where(old, past, sessions.days[at]), np.where(old, 0, at)


def _delistings(
    rng: np.random.Generator,
    sessions: Sessions,
    market: NDArray[np.int64],
    first: NDArray[np.int64],
    capital: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Draw who leaves and when: last session with a price, first one without the name, bad ends.

    A third of the leavers come from the largest names, so that members of an index are among them.
    """
    count, length = len(market), len(sessions)
    by_size = np.argsort(-capital, kind="stable")
    large = by_size[rng.permutation(min(80, count // 8))[: count // 50 + 2]]
    small = by_size[rng.permutation(count)[: count // 25]]
    leavers = np.unique(np.concatenate([large, small]))
    leavers = leavers[capital[leavers] > 0]
    rng.shuffle(leavers)
    earliest = np.maximum(first[leavers] + 4 * SEASONED_SESSIONS, length // 12)
    late = rng.integers(length // 12, length - 100, len(leavers))
    last = np.full(count, length - 1)
    gone = np.full(count, length)
    negative = np.zeros(count, dtype=np.bool_)
    stays = late <= earliest
    leavers, late = leavers[~stays], late[~stays]
    end = sessions.preceding[market[leavers], late + 1]
    bad = np.arange(len(leavers)) % NEGATIVE_EVERY == 0
    gap = np.where(bad, rng.integers(15, 80, len(leavers)), 1)
    last[leavers] = end
    gone[leavers] = sessions.following[market[leavers], end + gap]
    negative[leavers] = bad
    return last, gone, negative
