"""One review: who is in after it, in which zone, and why (R4 to R21, R46)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import InfeasibleRuleError
from paasche.review.choice.ranking import rank
from paasche.review.choice.reserve import reserve_size
from paasche.review.choice.selection import Alike, select, select_share
from paasche.review.screening.screens import eligibility
from paasche.review.screening.standing import listed_as

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from paasche.methodology import Methodology
    from paasche.methodology.selection import Group, Selection
    from paasche.review.choice.selection import Selected
    from paasche.review.dates.schedule import ReviewDates
    from paasche.review.panels.known import View

__all__ = ["Proposal", "Wishes", "group_of", "propose"]

_WITHOUT_DATA = ("listed", "close", "trading_days")
"""Screens that a name listed at the end of the data window, or after it, cannot pass (R4)."""

_ALL = ""
"""Name of the one group of an index without groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the committee decided for a review (R5, R13).

    Attributes
    ----------
    admitted : tuple of str
        Pass R15, R16 and R20.
    excluded : tuple of str
        Are not chosen.
    first_out : tuple of str
        Count as suspended for long (R12, R13).
    """

    admitted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    first_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The outcome of one review.

    Attributes
    ----------
    dates : ReviewDates
        Data window, cut-off, announcement, adjustment close and effective session.
    constituents : dict of str to str
        Who is in, with the group; by code.
    reserves : dict of str to tuple of str
        Reserve list of each group, the best ranked first (R9).
    table : polars.DataFrame
        Every security of the exchanges: ``security``, ``group``, ``constituent`` (before),
        ``outcome`` (added, kept, deleted, reserve, not_chosen, not_eligible), ``rank``, ``zone``
        (top, buffer, out), ``reserve`` (place on the list), ``screen``, ``rule``, ``reason``, and
        the measures; by group and rank, those without a rank last, by code.
    flags : polars.DataFrame
        Decisions of the committee that are due: ``security``, ``rule``, ``what``.
    notes : tuple of str
        What could not be judged.
    short : dict of str to int
        Places of a group that nobody eligible is left for.
    """

    dates: ReviewDates
    constituents: dict[str, str]
    reserves: dict[str, tuple[str, ...]]
    table: pl.DataFrame
    flags: pl.DataFrame
    notes: tuple[str, ...]
    short: dict[str, int]

    @property
    def turnover(self) -> float:
        """Share of the constituents that are newcomers, by count."""
        added = self.table.filter(outcome="added").height
        return added / len(self.constituents)


def propose(
    view: View,
    methodology: Methodology,
    dates: ReviewDates,
    constituents: Collection[str],
    wishes: Wishes,
    since: Mapping[str, date] | None = None,
    merged: Collection[str] = (),
) -> Proposal:
    """Review the index: screens, ranks, buffers, limits, reserve lists.

    Parameters
    ----------
    view : View
        The market as it was known at the announcement.
    methodology : Methodology
        Its rulebook of the effective session counts (R58).
    dates : ReviewDates
    constituents : collection of str
        Who is in before.
    wishes : Wishes
        Decisions of the committee.
    since : mapping of str to datetime.date, optional
        Since when each has been in, for rules that change for newcomers only.
    merged : collection of str, optional
        Companies that entered fast and were merged after the data window (R25): what it tells is of
        another company.

    Raises
    ------
    InfeasibleRuleError
        Nobody is eligible.
    MissingDataError
        The market lacks what a screen or a measure needs.
    """
    rules = methodology.on(dates.effective)
    found = eligibility(
        view.market,
        view.ground,
        methodology,
        dates,
        constituents,
        wishes.admitted,
        wishes.excluded,
        since=since,
    )
    selection = rules.selection
    if selection is None:
        raise InfeasibleRuleError(f"{rules.index.code}: has no section [selection]")
    groups = _grouped(found.table, selection)
    fresh = _fresh(found.table, groups, merged, rules)
    ranking = rank(
        found.table.filter(pl.col("eligible"), ~pl.col("security").is_in(sorted(fresh))),
        selection.rank_by,
        lines=selection.lines,
        company_rank=selection.company_rank,
    )
    if ranking.is_empty():
        raise InfeasibleRuleError(
            f"{rules.index.code}: no security passes the screens of the review effective "
            f"{dates.effective} (cut-off {dates.cutoff}); the most frequent reason is "
            f"{_most_frequent(found.table)}"
        )
    ranking = ranking.join(groups, on="security", how="left", maintain_order="left")
    first_out = {*found.long_suspended, *wishes.first_out}
    chosen = {
        name: _select(
            ranking.filter(pl.col("group") == name, pl.col("rank").is_not_null()),
            [one for one in _members(groups, constituents, name) if one not in fresh],
            selection,
            group,
            first_out,
            taken=sum(of == name for of in fresh.values()),
        )
        for name, group in _groups(selection).items()
    }
    return Proposal(
        dates=dates,
        constituents=dict(
            sorted(
                [
                    *((one, name) for name, own in chosen.items() for one in own.constituents),
                    *fresh.items(),
                ]
            )
        ),
        reserves={name: own.reserve for name, own in chosen.items()},
        table=_table(found.table, ranking, groups, chosen, fresh),
        flags=found.flags,
        notes=found.notes,
        short=_short(selection, chosen, fresh),
    )


def _short(
    selection: Selection, chosen: Mapping[str, Selected], fresh: Mapping[str, str]
) -> dict[str, int]:
    """Return how many places of a group stay open."""
    found = {}
    for name, group in _groups(selection).items():
        count = selection.count if group is None else group.count
        held = len(chosen[name].constituents) + sum(of == name for of in fresh.values())
        if count is not None and held < count:
            found[name] = count - held
    return found


def _fresh(
    table: pl.DataFrame, groups: pl.DataFrame, merged: Collection[str], rules: Methodology
) -> dict[str, str]:
    """Return the constituents that came too late for the data window, with their group.

    They entered fast (R22, R25) and are not judged by data that they cannot have (R4).
    """
    without_data = pl.col("screen").is_in(list(_WITHOUT_DATA))
    measured = pl.col("screen").is_in([one.measure for one in rules.universe.screens])
    by_others = pl.col("security").is_in(sorted(merged)) & (pl.col("screen").is_null() | measured)
    late = table.filter(pl.col("constituent"), without_data | by_others)
    late = late.join(groups, on="security")
    return dict(late.drop_nulls("group").select("security", "group").iter_rows())


def _groups(selection: Selection) -> dict[str, Group | None]:
    if not selection.groups:
        return {_ALL: None}
    return {group.name: group for group in selection.groups}


def _grouped(table: pl.DataFrame, selection: Selection) -> pl.DataFrame:
    """Return the group of each security: the first that fits; null where none does."""
    if not selection.groups:
        return table.select("security", group=pl.lit(_ALL))
    fits = pl.lit(None, pl.String)
    for group in reversed(selection.groups):
        inside = pl.lit(value=True)
        for column, words in (
            ("exchange", group.exchanges),
            ("board", group.boards),
            ("class", group.classes),
            ("industry", group.industries),
        ):
            if words is not None:
                inside &= pl.col(column).is_in(list(words)).fill_null(value=False)
        fits = pl.when(inside).then(pl.lit(group.name)).otherwise(fits)
    return table.select("security", group=fits)


def group_of(view: View, rules: Methodology, day: date, security: str) -> str | None:
    """Return the group of a security on a day; None where it fits none."""
    listed = listed_as(view.market, day, [security]).collect()
    if listed.is_empty() or rules.selection is None:
        return None
    group: str | None = _grouped(listed, rules.selection)["group"][0]
    return group


def _value_measure(selection: Selection) -> str:
    """Return the measure whose share is counted: the first market value of the rank."""
    values = (by.measure for by in selection.rank_by if "market_value" in by.measure)
    return next(values, selection.rank_by[0].measure)


def _members(groups: pl.DataFrame, constituents: Collection[str], name: str) -> list[str]:
    """Return the constituents of a group; who fits no group any more leaves the first."""
    known = groups.filter(pl.col("security").is_in(sorted(constituents)))
    own = known.filter(pl.col("group") == name)
    return own["security"].to_list()


def _select(
    ranking: pl.DataFrame,
    constituents: Collection[str],
    selection: Selection,
    group: Group | None,
    first_out: Collection[str],
    *,
    taken: int,
) -> Selected:
    ranked = ranking["security"].to_list()
    quotas = [
        Alike(
            by=quota.by,
            labels=dict(ranking.select("security", quota.by).iter_rows()),
            count=quota.count,
        )
        for quota in selection.quotas
    ]
    if selection.market_value_share is not None:
        return select_share(
            ranked,
            ranking[_value_measure(selection)].to_list(),
            constituents,
            selection.market_value_share,
            newcomer_buffer=selection.newcomer_buffer,
            constituent_buffer=selection.constituent_buffer,
            turnover_limit=selection.turnover_limit,
            reserve_share=selection.reserve_share or 0,
            priority=first_out,
            quotas=quotas,
        )
    count = selection.count if group is None else group.count
    reserve = None if group is None else group.reserve
    if reserve is None:
        reserve = reserve_size(selection.reserve_share or 0, count or 0)
    return select(
        ranked,
        constituents,
        count or 0,
        taken=taken,
        newcomer_buffer=selection.newcomer_buffer,
        constituent_buffer=selection.constituent_buffer,
        turnover_limit=selection.turnover_limit,
        reserve=reserve,
        priority=first_out,
        quotas=quotas,
    )


def _table(
    eligible: pl.DataFrame,
    ranking: pl.DataFrame,
    groups: pl.DataFrame,
    chosen: Mapping[str, Selected],
    fresh: Collection[str],
) -> pl.DataFrame:
    """Return every security with what becomes of it and why."""
    verdicts = pl.concat(one.table() for one in chosen.values())
    verdicts = verdicts.filter(pl.col("rank").is_not_null())
    passed_over = ranking.select("security", "not_ranked")
    rows = (
        eligible.join(groups, on="security", how="left")
        .join(passed_over, on="security", how="left")
        .join(verdicts, on="security", how="left", suffix="_verdict")
    )
    on_list = pl.col("reserve").is_not_null()
    is_fresh = pl.col("security").is_in(list(fresh))
    outcome = (
        pl.when(is_fresh)
        .then(pl.lit("kept"))
        .when(pl.col("outcome").is_null() & pl.col("constituent"))
        .then(pl.lit("deleted"))
        .when(pl.col("outcome").is_null())
        .then(pl.when("eligible").then(pl.lit("not_chosen")).otherwise(pl.lit("not_eligible")))
        .when((pl.col("outcome") == "not_chosen") & on_list)
        .then(pl.lit("reserve"))
        .otherwise("outcome")
    )
    no_group = pl.when(pl.col("group").is_null()).then(pl.lit("in none of the groups"))
    entered = pl.when(is_fresh).then(pl.lit("entered fast, after the data window: stays"))
    reason = pl.coalesce(entered, "reason_verdict", "reason", "not_ranked", no_group)
    shown = ("security", "group", "constituent", "outcome", "rank", "zone", "reserve", "screen")
    listed = ("exchange", "board", "currency", "class", "company", "industry")
    known = {*shown, *listed, "eligible", "rule", "reason", "a_share"}
    measures = [name for name in eligible.columns if name not in known]
    return (
        rows.with_columns(
            outcome=outcome,
            reason=reason,
            screen=pl.when(~is_fresh).then("screen"),
            rule=pl.coalesce("rule_verdict", "rule"),
        )
        .select(*shown, "rule", "reason", *measures, *listed)
        .sort("group", "rank", "security", nulls_last=True)
    )


def _most_frequent(table: pl.DataFrame) -> str:
    counts = table["screen"].drop_nulls().value_counts().sort("count", "screen", descending=True)
    if counts.is_empty():
        return "that there is no security"
    screen, count = counts.row(0)
    return f"the screen {screen} ({count} securities)"
