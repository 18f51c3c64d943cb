"""What must hold of every calculation, whatever the numbers are (SPEC I.5, DESIGN 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle import adapter, worked
from oracle.case import Action, Case, Member, Method, Price, Security, Snapshot
from oracle.making_case import make_case
from oracle.profiles import examples
from oracle.strategies import recipes
from paasche.errors import PaascheError


def calculated(case, **options):
    """Return the levels of a case, or None where the rules refuse it."""
    try:
        return adapter.run(case, **options).levels
    except PaascheError:
        return None


def assert_same_bytes(one, other):
    """Every column equal to the last bit; a refused case is refused again."""
    if one is None or other is None:
        assert one is other
        return
    assert one.columns == other.columns
    for name in one.columns:
        left, right = one[name], other[name]
        assert left.is_null().equals(right.is_null())
        if left.dtype == pl.Float64:
            left, right = (column.drop_nulls().to_numpy().view("int64") for column in (left, right))
            assert (left == right).all(), name
        else:
            assert left.equals(right), name


@examples(30)
@given(recipes(), st.integers(0, 2**16))
def test_the_order_of_input_rows_changes_no_bit(recipe, seed):
    case = make_case(recipe)
    frames = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=seed)
        for name, frame in adapter.tables(case).items()
    }
    assert_same_bytes(calculated(case), calculated(case, frames=frames))


@examples(20)
@given(recipes())
def test_the_number_of_threads_changes_no_bit(recipe):
    case = make_case(recipe)
    one = calculated(case, threads=1)
    for threads in (2, 8):
        assert_same_bytes(one, calculated(case, threads=threads))


def with_share_unit(case, factor):
    """Return the case with every share count times `factor`."""
    rows = tuple(
        replace(
            row,
            total=row.total * factor,
            free_float=None if row.free_float is None else row.free_float * factor,
        )
        for row in case.shares
    )
    return replace(case, shares=rows)


LEVEL_COLUMNS = ("index", "date", "variant", "currency", "hedge", "level", "level_unrounded")
BY_SHARES = ("free_float", "total")


@examples(30)
@given(recipes(schemes=BY_SHARES), st.integers(1, 6))
def test_a_share_unit_of_a_power_of_two_changes_no_bit(recipe, power):
    case = make_case(recipe)
    one, other = calculated(case), calculated(with_share_unit(case, 2**power))
    if one is not None and other is not None:
        one, other = one.select(LEVEL_COLUMNS), other.select(LEVEL_COLUMNS)
    assert_same_bytes(one, other)


@examples(30)
@given(recipes(schemes=BY_SHARES))
def test_a_share_unit_of_ten_changes_no_published_level(recipe):
    case = make_case(recipe)
    one, other = calculated(case), calculated(with_share_unit(case, 10))
    if one is None or other is None:
        assert one is other
        return
    assert one["level"].equals(other["level"])


@examples(40)
@given(recipes(refused=False, without=("references",)))
def test_total_return_never_falls_behind_price_return(recipe):
    """Dividends are never negative; a published reference above the close would be one."""
    levels = calculated(make_case(recipe))
    if levels is None:
        return
    growth = (
        levels.filter(pl.col("variant").is_in(["price", "total_return"]))
        .pivot(on="variant", index=["date", "currency"], values="level_unrounded")
        .sort("currency", "date")
        .with_columns(pl.col("price", "total_return").pct_change().over("currency"))
        .drop_nulls()
    )
    assert (growth["total_return"] >= growth["price"] - 1e-12).all()


NAMES = ("600001.SH", "600002.SH", "600003.SH", "600004.SH")
DAYS = worked.weekdays(date(2026, 3, 2), date(2026, 3, 31))


def flat_market(closes, changes, scheme="total"):
    """Four names; `closes[n][day]` in fen, the same ones carried over `changes` sessions."""
    method = Method(base_date=DAYS[0], scheme=scheme)
    return Case(
        method=method,
        end=DAYS[len(closes[0]) - 1],
        sessions={"XSHG": worked.YEAR},
        securities=tuple(Security(name, "XSHG", "CNY") for name in NAMES),
        prices=tuple(
            Price(day, name, Decimal(fen).scaleb(-2))
            for name, path in zip(NAMES, closes, strict=True)
            for day, fen in zip(DAYS, path, strict=False)
        ),
        constituents=tuple(changes),
        shares=tuple(Snapshot(name, DAYS[0], (n + 3) * 10**7) for n, name in enumerate(NAMES)),
    )


fen = st.integers(100, 50_000)
paths = st.lists(st.tuples(*[fen] * 4), min_size=6, max_size=6).map(
    lambda rows: list(zip(*rows, strict=True))
)


@examples(30)
@given(paths, st.sampled_from(["total", "price"]))
def test_deleting_and_re_adding_a_name_at_the_same_close_moves_nothing(closes, scheme):
    """Out on the third session, in again on the fourth, while all closes stand still."""
    closes = [(*path[:3], path[2], *path[3:]) for path in closes]
    base = [Member(DAYS[0], name) for name in NAMES]
    out = [Member(DAYS[3], name, "interim") for name in NAMES[1:]]
    back = [Member(DAYS[4], name, "interim") for name in NAMES]
    stays = adapter.run(flat_market(closes, base, scheme)).levels
    leaves = adapter.run(flat_market(closes, base + out + back, scheme)).levels
    for one, other in zip(stays.iter_rows(named=True), leaves.iter_rows(named=True), strict=True):
        assert one["level_unrounded"] == pytest.approx(other["level_unrounded"], rel=1e-12)


@examples(30)
@given(paths, st.sampled_from([2, 3, 5, 10]), st.integers(1, 4))
def test_the_divisor_of_a_price_weighted_index_absorbs_a_split(closes, ratio, ex_day):
    """As in the Dow: units stay 1, the divisor moves, the level does not."""
    closes = [tuple(price * ratio for price in closes[0]), *closes[1:]]
    base = [Member(DAYS[0], name) for name in NAMES]
    whole = flat_market(closes, base, "price")
    split = [*closes[0][:ex_day], *(price // ratio for price in closes[0][ex_day:])]
    case = flat_market([split, *closes[1:]], base, "price")
    action = Action(NAMES[0], DAYS[ex_day], "split", ratio=Decimal(ratio))
    before = adapter.run(whole).levels.filter(pl.col("variant") == "price")
    after = adapter.run(replace(case, actions=(action,))).levels.filter(
        pl.col("variant") == "price"
    )
    assert before["level"][:ex_day].equals(after["level"][:ex_day])
    eve = [path[ex_day - 1] for path in closes]
    expected = (eve[0] / ratio + sum(eve[1:])) / sum(eve)
    assert after["divisor"][ex_day] / after["divisor"][ex_day - 1] == pytest.approx(
        expected, rel=1e-12
    )
    assert len(set(before["divisor"])) == 1
