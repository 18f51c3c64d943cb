"""The ranking: one total order. Orders are counted by hand."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError, MissingDataError
from paasche.methodology.selection import RankBy
from paasche.review.choice.ranking import rank

VALUE = RankBy(measure="average_market_value")
TURNOVER = RankBy(measure="average_turnover")


def table(rows, columns=("security", "average_market_value", "average_turnover", "company")):
    width = len(rows[0])
    schema = dict.fromkeys(columns[:width], pl.Float64)
    schema |= {key: pl.String for key in ("security", "company") if key in schema}
    return pl.DataFrame(rows, schema=schema, orient="row")


def order(ranking):
    return dict(zip(ranking["security"], ranking["rank"], strict=True))


@pytest.mark.rule("R8")
def test_the_largest_ranks_first_and_equals_go_by_code():
    ranking = rank(table([("C", 5.0), ("D", 9.0), ("B", 5.0), ("A", 1.0)]), [VALUE])
    assert order(ranking) == {"D": 1, "B": 2, "C": 3, "A": 4}
    assert ranking.columns == ["security", "average_market_value", "rank", "not_ranked"]
    assert ranking["rank"].to_list() == [1, 2, 3, 4]
    assert ranking["not_ranked"].null_count() == 4


@pytest.mark.rule("R8")
def test_codes_are_in_byte_order():
    codes = ["600519.SH", "00700.HK", "000001.SZ", "a", "Z", "中"]
    ranking = rank(table([(code, 1.0) for code in codes]), [VALUE])
    assert ranking["security"].to_list() == sorted(codes, key=str.encode)


@pytest.mark.rule("R8")
def test_several_measures_are_combined_by_their_ranks():
    # By value A 1, B 2, C 3; by turnover C 1, B 2, A 3: all sum to 4, so the first measure decides.
    rows = table([("A", 9.0, 1.0), ("B", 8.0, 2.0), ("C", 7.0, 3.0)])
    assert order(rank(rows, [VALUE, TURNOVER])) == {"A": 1, "B": 2, "C": 3}
    assert order(rank(rows, [TURNOVER, VALUE])) == {"C": 1, "B": 2, "A": 3}
    # 2 × 3 + 1 = 7 for C and 2 × 1 + 3 = 5 for A.
    heavy = RankBy(measure="average_market_value", weight=2.0)
    assert order(rank(rows, [TURNOVER, heavy])) == {"A": 1, "B": 2, "C": 3}


@pytest.mark.rule("R8")
def test_equal_values_share_the_better_rank_of_a_measure():
    # By value A 1, B 1, C 3; by turnover B 1, C 2, A 3: sums B 2, A 4, C 5.
    rows = table([("A", 9.0, 1.0), ("B", 9.0, 3.0), ("C", 7.0, 2.0)])
    assert order(rank(rows, [VALUE, TURNOVER])) == {"B": 1, "A": 2, "C": 3}


@pytest.mark.rule("R8")
def test_weighted_sums_tie_as_they_do_on_paper():
    # Sums: P 0.1 × 3 + 0.2 × 3 = 0.9, Q 0.1 × 1 + 0.2 × 4 = 0.9, a tie on paper; in floating point
    # they are 0.9000000000000001 and 0.9. Q is the larger by the first measure.
    rows = table([("P", 7.0, 7.0), ("Q", 9.0, 6.0), ("R", 8.0, 9.0), ("S", 6.0, 8.0)])
    by = [
        RankBy(measure="average_market_value", weight=0.1),
        RankBy(measure="average_turnover", weight=0.2),
    ]
    # R 0.2 + 0.2 = 0.4; S 0.4 + 0.4 = 0.8.
    assert order(rank(rows, by)) == {"R": 1, "S": 2, "Q": 3, "P": 4}
    by[0] = RankBy(measure="average_market_value", weight=0.1000000000000001)
    assert order(rank(rows, by))["Q"] == 3


@pytest.mark.rule("R8", "R61")
def test_with_the_largest_line_only_one_line_of_a_company_is_ranked():
    rows = table(
        [
            ("A1", 5.0, 0.0, "X"),
            ("H1", 6.0, 0.0, "X"),
            ("A2", 4.0, 0.0, "Y"),
            ("H2", 4.0, 0.0, "Y"),
            ("A3", 3.0, 0.0, None),
            ("A4", 2.0, 0.0, None),
        ]
    )
    ranking = rank(rows, [VALUE], lines="largest")
    assert order(ranking) == {"H1": 1, "A2": 2, "A3": 3, "A4": 4, "A1": None, "H2": None}
    assert dict(ranking.select("security", "not_ranked").rows())["A1"] == (
        "another line of its company, H1, is larger by average market value"
    )
    reasons = ranking.filter(pl.col("rank").is_not_null())["not_ranked"]
    assert reasons.null_count() == len(reasons)


@pytest.mark.rule("R8", "R61")
def test_a_company_without_a_name_is_not_the_security_of_that_code():
    rows = table([("X", 5.0, 0.0, None), ("H1", 6.0, 0.0, "X")])
    assert order(rank(rows, [VALUE], lines="largest")) == {"H1": 1, "X": 2}


@pytest.mark.rule("R8", "R61")
def test_a_line_may_count_with_all_lines_of_its_company():
    rows = table(
        [
            ("A1", 5.0, 0.0, "X"),
            ("H1", 6.0, 0.0, "X"),
            ("A2", 9.0, 0.0, "Y"),
            ("A3", 10.0, 0.0, None),
        ]
    )
    assert order(rank(rows, [VALUE], company_rank=True)) == {"A1": 1, "H1": 2, "A3": 3, "A2": 4}
    alone = rank(rows, [VALUE], company_rank=True, lines="largest")
    assert order(alone) == {"H1": 1, "A3": 2, "A2": 3, "A1": None}
    # The measures themselves stay as they are.
    assert dict(alone.select("security", "average_market_value").rows())["H1"] == 6.0


@pytest.mark.rule("R8")
def test_nobody_is_ranked_in_an_empty_universe():
    rows = table([("A", 1.0, 1.0, "X")]).clear()
    for lines in ("all", "largest"):
        ranking = rank(rows, [VALUE, TURNOVER], lines=lines, company_rank=True)
        assert ranking.is_empty()
        assert ranking.columns[-2:] == ["rank", "not_ranked"]


securities = st.lists(
    st.tuples(
        st.text("ABCDEF", min_size=1, max_size=3),
        st.sampled_from([0.0, 1.0, 2.5, 0.1, 0.2, 0.3, 1e15]),
        st.sampled_from([0.0, 1.0, 2.0]),
        st.none() | st.sampled_from(["X", "Y", "A", "B"]),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda row: row[0],
)
weights = st.lists(st.sampled_from([1.0, 0.5, 0.1, 0.2, 3.0]), min_size=2, max_size=2)


@pytest.mark.rule("R8")
@given(securities, weights, st.sampled_from(["all", "largest"]), st.booleans(), st.randoms())
def test_the_ranking_does_not_depend_on_the_order_of_the_rows(rows, w, lines, company, random):
    by = [
        RankBy(measure="average_market_value", weight=w[0]),
        RankBy(measure="average_turnover", weight=w[1]),
    ]
    first = rank(table(rows), by, lines=lines, company_rank=company)
    shuffled = random.sample(rows, len(rows))
    assert first.equals(rank(table(shuffled), by, lines=lines, company_rank=company))
    ranked = first["rank"].drop_nulls()
    assert ranked.to_list() == list(range(1, len(ranked) + 1))


@pytest.mark.rule("R8")
@given(securities, weights)
def test_the_ranking_is_that_of_the_definition(rows, w):
    def place(row, column):
        return 1 + sum(other[column] > row[column] for other in rows)

    def key(row):
        combined = sum(Fraction(str(w[n])) * place(row, n + 1) for n in range(2))
        return combined, -row[1], row[0]

    by = [
        RankBy(measure="average_market_value", weight=w[0]),
        RankBy(measure="average_turnover", weight=w[1]),
    ]
    expected = [row[0] for row in sorted(rows, key=key)]
    assert rank(table(rows), by)["security"].to_list() == expected


@pytest.mark.parametrize("value", [float("nan"), None, float("inf")])
def test_a_security_without_the_measure_cannot_be_ranked(value):
    rows = table([("B", 1.0, value), ("A", 1.0, 2.0), ("C", 1.0, value)])
    with pytest.raises(MissingDataError) as caught:
        rank(rows, [VALUE, TURNOVER])
    assert str(caught.value) == (
        "average_turnover of B: needed to rank it; a security without it is not eligible"
    )


def test_a_security_that_is_there_twice_is_an_error():
    with pytest.raises(InputError, match=r"^security = A: must stand in the ranking once$"):
        rank(table([("B", 1.0), ("A", 1.0), ("A", 2.0)]), [VALUE])


def test_a_ranking_without_a_measure_is_an_error():
    with pytest.raises(InputError, match=r"^rank_by: must name at least one measure$"):
        rank(table([("B", 1.0)]), [])
