"""Who may be a constituent at a review: eligibility, with the reason where it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import MissingDataError
from paasche.review.choice.exact import whole_part
from paasche.review.screening.facts import facts, needed_measures
from paasche.review.screening.flags import flags_of
from paasche.review.screening.screen import screens_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.dates.schedule import ReviewDates
    from paasche.review.panels.ground import Ground
    from paasche.review.screening.kind import Place, Screen

__all__ = ["Eligibility", "eligibility"]

_LISTED_AS = ("exchange", "board", "currency", "class", "company", "industry", "a_share")

_APPLIES = {
    "all": pl.lit(value=True),
    "newcomers": ~pl.col("constituent"),
    "constituents": pl.col("constituent"),
}

_NOBODY = pl.DataFrame(schema={"security": pl.String, "reason": pl.String, "screen": pl.String})

# Who passes the screens before this one is measured, and needs the rates of its currency.
_FIRST_OF_FIGURES = "trading_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Who may be a constituent at a review.

    Attributes
    ----------
    table : polars.DataFrame
        Every security of the ground, by code: ``security``, ``constituent``, ``eligible``; where it
        is not, the first ``screen`` that it fails, its ``rule`` (null: the index's own choice) and
        the ``reason``; the measures of screens and ranks, in index currency (null: no data);
        ``suspended_sessions`` in a row up to the cut-off; and what it is listed as: ``exchange``,
        ``board``, ``currency``, ``class``, ``company``, ``industry``, ``a_share``.
    flags : polars.DataFrame
        Decisions of the committee that are due (R13, R18), by code: ``security``, ``rule``,
        ``what``.
    long_suspended : tuple of str
        Eligible A-share constituents suspended for more than the limit at the cut-off, by code:
        they leave first, should they be among those to be deleted (R12).
    notes : tuple of str
        What could not be judged.
    """

    table: pl.DataFrame
    flags: pl.DataFrame
    long_suspended: tuple[str, ...]
    notes: tuple[str, ...]


def eligibility(
    market: Market,
    ground: Ground,
    methodology: Methodology,
    dates: ReviewDates,
    constituents: Collection[str],
    admitted: Collection[str] = (),
    excluded: Collection[str] = (),
    *,
    since: Mapping[str, date] | None = None,
) -> Eligibility:
    """Judge every security by the screens of a methodology.

    Parameters
    ----------
    market : Market
    ground : Ground
        Of the same market; it reaches the cut-off.
    methodology : Methodology
        With its changes: the rulebook of the effective session counts (R58).
    dates : ReviewDates
    constituents : collection of str
        Who is in before the review.
    admitted, excluded : collection of str
        Decisions of the committee (R5): the former pass R15, R16 and R20, the latter fail.
    since : mapping of str to datetime.date, optional
        Effective session since which a constituent has been in without a break, for rules that
        change for newcomers only. One that is not there falls under the rules in force.

    Raises
    ------
    MissingDataError
        A candidate's currency has no rate, or the market lacks a table or column that the screens
        need.

    Examples
    --------
    >>> from datetime import date
    >>> import paasche as px
    >>> from paasche.market.sample import sample_market
    >>> from paasche.review.panels.ground import lay_ground
    >>> from paasche.review.dates.schedule import review_dates
    >>> market = px.Market.from_frames(
    ...     sample_market(securities=100, start="2022-10-10", end="2023-12-29")
    ... )
    >>> methodology = px.Methodology.load("csi-300-style")
    >>> ground = lay_ground(market, methodology, date(2023, 11, 24))
    >>> sessions = market.calendars.sessions("XSHG", "2022-10-10", "2023-12-29")
    >>> dates = review_dates(sessions, methodology.review, 2023, 12)
    >>> found = eligibility(market, ground, methodology, dates, [])
    >>> found.table.filter(~pl.col("eligible"))["reason"].null_count()
    0
    """
    versions = _versions(methodology, ground, dates, since or {})
    parts = [
        _judged(market, ground, rules, dates, constituents, admitted, excluded)
        for rules, _ in versions
    ]
    # Versions may measure differently; what a version does not measure is null.
    own_parts = [
        part.filter(pl.Series(own)) for part, (_, own) in zip(parts, versions, strict=True)
    ]
    table = pl.concat(own_parts, how="diagonal").sort("security")
    numbers = methodology.on(dates.effective).review.numbers
    limit = numbers.suspension_limit_sessions
    long = table.filter("constituent", "eligible", "a_share", pl.col("suspended_sessions") > limit)
    return Eligibility(
        table=table,
        flags=flags_of(table, numbers, dates.cutoff),
        long_suspended=tuple(long["security"]),
        notes=_notes(market, methodology.on(dates.effective)),
    )


def _versions(
    methodology: Methodology, ground: Ground, dates: ReviewDates, since: Mapping[str, date]
) -> list[tuple[Methodology, NDArray[np.bool_]]]:
    """Return the rulebooks in use, each with the securities that fall under it (R58)."""
    rules = methodology.on(dates.effective)
    dated = methodology.universes_on(dates.effective)
    under = np.zeros(len(ground.securities), np.int64)
    never = np.datetime64("NaT", "D")
    entered = np.array([since.get(one, never) for one in ground.securities], "datetime64[D]")
    spared_since = {"constituents": entered, "listed": ground.listed}
    for number, (valid_from, grandfather, _) in enumerate(dated[1:], start=1):
        # A comparison with NaT is false: without a date the new rules hold.
        begun = spared_since.get(grandfather or "", np.full(len(under), never))
        under[~(begun < np.datetime64(valid_from, "D"))] = number
    return [
        (rules.model_copy(update={"universe": dated[number].universe}), under == number)
        for number in np.unique(under).tolist()
    ]


def _judged(
    market: Market,
    ground: Ground,
    rules: Methodology,
    dates: ReviewDates,
    constituents: Collection[str],
    admitted: Collection[str],
    excluded: Collection[str],
) -> pl.DataFrame:
    """Judge every security by one version of the rules."""
    if rules.universe.connect_exchanges is not None:
        _require_connect(market)
    found = facts(
        market,
        ground,
        rules,
        dates,
        constituents=constituents,
        admitted=admitted,
        excluded=excluded,
    )
    screens = screens_of(rules, dates, reported="financials" in market)
    # Places depend on who is left; all other screens are judged at once.
    failing = found.select(
        _failing(screen).alias(str(number))
        for number, screen in enumerate(screens)
        if screen.place is None
    )
    left = np.ones(len(found), np.bool_)
    # Places are counted among those that pass what everyone must: who is in already is no matter.
    universe = left.copy()
    told = [_NOBODY]
    for number, screen in enumerate(screens):
        if screen.name == _FIRST_OF_FIGURES:
            _require_rates(found.filter(pl.Series(left)), rules, dates)
        if screen.place is None:
            seen, fails = found, failing[str(number)]
        else:
            seen = _placed(found, universe, screen.place)
            fails = seen.select(_failing(screen)).to_series()
        fails = left & fails.to_numpy()
        if fails.any():
            reasons = seen.filter(pl.Series(fails)).select("security", reason=screen.reason)
            told.append(reasons.with_columns(screen=pl.lit(screen.name)))
        left &= ~fails
        if screen.applies == "all":
            universe &= ~fails
    rule_of = {screen.name: screen.rule for screen in screens}
    return (
        found.join(pl.concat(told), on="security", how="left", maintain_order="left")
        .with_columns(
            eligible=pl.col("screen").is_null(),
            rule=pl.col("screen").replace_strict(rule_of, default=None, return_dtype=pl.String),
        )
        .select(
            *("security", "constituent", "eligible", "screen", "rule", "reason"),
            *needed_measures(rules),
            "suspended_sessions",
            *_LISTED_AS,
        )
    )


def _failing(screen: Screen) -> pl.Expr:
    """Tell whom a screen keeps out, of those whom it is for."""
    concerned = _APPLIES[screen.applies]
    if screen.admits:
        concerned &= ~pl.col("admitted")
    return (concerned & screen.fails).fill_null(value=False)


def _placed(found: pl.DataFrame, universe: NDArray[np.bool_], place: Place) -> pl.DataFrame:
    """Add each security's place by a measure among the universe, and how many pass."""
    if place.among is not None:
        universe = universe & found.select(place.among).to_series().to_numpy()
    values = found[place.measure].fill_null(np.nan).to_numpy()
    # The rows stand by code, so that a stable order breaks ties by code; NaN comes last.
    order = np.argsort(np.where(universe, -values, np.nan), kind="stable")
    places = np.empty(len(found), np.int64)
    places[order] = np.arange(1, len(found) + 1)
    count = int(universe.sum())
    if place.share is None:
        newcomers = constituents = place.places or count
    else:
        newcomers = whole_part(place.share, count)
        share = place.share if place.constituent_share is None else place.constituent_share
        constituents = whole_part(share, count)
    passing = pl.when("constituent").then(constituents).otherwise(newcomers)
    return found.with_columns(place=pl.Series(places), of=pl.lit(count), passing=passing)


def _require_rates(candidates: pl.DataFrame, rules: Methodology, dates: ReviewDates) -> None:
    lacking = candidates.filter("rates_missing", pl.col("close").is_not_null())
    if lacking.is_empty():
        return
    security, currency = lacking.select("security", "currency").row(0)
    more = "" if len(lacking) == 1 else f" ({len(lacking)} securities like this)"
    raise MissingDataError(
        f"fx {currency}{rules.index.currency} from {dates.first} to {dates.cutoff}: must have a "
        f"rate on every session, needed to measure {security}; add it to the table fx, or leave "
        f"{currency} out of [universe] currencies{more}"
    )


def _require_connect(market: Market) -> None:
    if not (market["status"]["status"] == "connect").any():
        raise MissingDataError(
            "status connect: must be there, as [universe] connect_exchanges asks for it (R30); add "
            "a row for every security in Stock Connect, with start and end, to the table status"
        )


def _notes(market: Market, rules: Methodology) -> tuple[str, ...]:
    """Say which rules cannot be judged for want of a table."""
    universe = rules.universe
    judged = universe.loss_makers == "excluded" or universe.reports == "required"
    cases = (
        ("financials", judged, "R20 and R21 are not judged"),
        ("status", bool(universe.excluded_status), "R19 and R31 are not judged"),
    )
    return tuple(
        f"{table}: not there; {what}"
        for table, wanted, what in cases
        if wanted and table not in market
    )
