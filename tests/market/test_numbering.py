"""Texts of a column are numbered in byte order, whatever the order and the pieces of its rows."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche import _core
from paasche.errors import InputError
from paasche.market.numbering import distinct_days, numbered

TEXTS = st.lists(st.text(max_size=3) | st.text("ab", min_size=11, max_size=14))


@given(first=TEXTS, second=TEXTS, skipped=st.integers(0, 3))
def test_the_number_of_a_row_is_the_place_of_its_text(first, second, skipped):
    column = pl.concat([pl.Series(first, dtype=pl.String), pl.Series(second, dtype=pl.String)])
    column = pl.concat([column, column])[skipped:]  # in pieces, one of which is a view
    texts, numbers = numbered(column)
    assert texts == sorted(set(column.to_list()), key=lambda text: text.encode())
    assert [texts[number] for number in numbers] == column.to_list()


def test_a_fork_numbers_the_same_texts(same_in_a_fork):
    column = pl.Series([f"{at % 700:06}" for at in range(200_000)])

    def numbers():
        return numbered(column)[1].tobytes()

    same_in_a_fork(numbers)


def test_a_null_has_no_number():
    with pytest.raises(InputError, match=r"column code = 1 nulls: must have no null"):
        numbered(pl.Series("code", ["A", None]))


def test_numbers_and_rows_must_be_as_many():
    with pytest.raises(InputError, match=r"len\(numbers\) = 3: must have 2 elements"):
        _core.number_texts([pl.DataFrame({"code": ["A", "B"]})], numbered(pl.Series(["A"] * 3))[1])


@pytest.mark.parametrize("given", [pl.DataFrame({"code": [1, 2]}), pl.DataFrame({"code": [b"A"]})])
def test_what_is_no_text_is_refused(given):
    with pytest.raises(InputError, match="column code"):
        _core.number_texts([given], numbered(pl.Series(["A"] * given.height))[1])


@pytest.mark.parametrize("given", [[1, 2], None, pl.Series("code", ["A"])])
def test_what_is_no_frame_is_refused(given):
    with pytest.raises((AttributeError, InputError)):
        _core.number_texts([given], numbered(pl.Series(["A"]))[1])


def test_a_column_in_pieces_is_one_column():
    pieces = [pl.Series("code", texts) for texts in (["B", "A"], [], ["C" * 20, "A"])]
    column = pl.concat([piece.cast(pl.String) for piece in pieces], rechunk=False)
    assert column.n_chunks() > 1
    texts, numbers = numbered(column)
    assert texts == ["A", "B", "C" * 20]
    assert numbers.tolist() == [1, 0, 2, 0]


def test_days_are_told_apart_wherever_they_stand():
    pieces = [pl.Series([3, 3, 1]), pl.Series([1, None, 7]), pl.Series([None, None]).cast(pl.Int64)]
    dates = pl.concat([piece.cast(pl.Int32).cast(pl.Date) for piece in pieces], rechunk=False)
    assert distinct_days(dates).tolist() == [1, 3, 7]
    assert distinct_days(dates.clear()).tolist() == []
