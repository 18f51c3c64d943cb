"""Many indices are calculated as each by itself, whatever their order, and one that fails waits."""

from __future__ import annotations

import pytest

import paasche as px
from calculation import small_markets as small
from calculation.many import many_indices as many
from paasche.calculation.many import together


@pytest.fixture(scope="module", name="market")
def _market():
    return many.market()


def test_each_index_is_what_it_is_by_itself(market):
    rules = [
        many.index("A"),
        many.index("B", weighting={"scheme": "price", "free_float_bands": None}),
    ]
    result = px.calculate_many(rules, market)
    for one in rules:
        alone = px.calculate(one, market)
        code = one.index.code
        for name, table in many.tables(result).items():
            own = table.filter(index=code)
            own = own.drop("index") if name == "securities" else own
            assert own.equals(getattr(alone, name)), name


def test_tables_are_sorted_by_index_whatever_the_order_of_methodologies(market):
    forth = px.calculate_many(many.indices(), market, part_size=3)
    back = px.calculate_many(many.indices(many.CODES[::-1]), market, part_size=2)
    assert forth.indices == back.indices == tuple(many.CODES)
    for name, table in many.tables(forth).items():
        assert table.columns[0] == "index"
        assert table["index"].is_sorted()
        assert table.equals(getattr(back, name)), name


def test_a_failing_index_is_named_and_the_others_are_calculated(market):
    result = px.calculate_many([*many.indices(), many.failing()], market, part_size=3)
    assert list(result.failures) == ["BAD"]
    assert isinstance(result.failures["BAD"], px.MissingDataError)
    with pytest.raises(px.MissingDataError) as alone:
        px.calculate(many.failing(), market)
    assert str(result.failures["BAD"]) == str(alone.value)
    assert result.indices == ("BAD", *many.CODES)
    assert result.levels["index"].unique(maintain_order=True).to_list() == many.CODES
    assert repr(result) == "<ManyResult 8 indices, 1 failed>"


def test_where_every_index_fails_the_tables_are_empty_and_have_their_columns(market):
    result = px.calculate_many([many.failing()], market)
    whole = px.calculate_many(many.indices(["A"]), market)
    for name, table in many.tables(result).items():
        assert table.is_empty()
        assert table.schema == getattr(whole, name).schema, name


def test_start_and_end_cut_the_output_of_all(market):
    start, end = small.SESSIONS[2], small.SESSIONS[5]
    result = px.calculate_many(many.indices(["A", "B"]), market, start=start, end=end)
    assert result.levels.group_by("index").agg(first="date", last="date").height == 2
    assert (result.levels["date"].min(), result.levels["date"].max()) == (start, end)


def test_a_code_that_comes_twice_is_refused_with_both_places(market):
    rules = [many.index("A"), many.index("B"), many.index("A")]
    with pytest.raises(px.InputError) as error:
        px.calculate_many(rules, market)
    assert str(error.value).startswith(
        "methodologies[2] index.code = A: must differ from that of methodologies[0];"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "methodologies = []: must hold at least one Methodology"),
        ((["ces-120"],), "methodology = str: must be a Methodology"),
    ],
)
def test_what_is_no_methodology_is_refused(market, arguments, message):
    with pytest.raises(px.InputError) as error:
        px.calculate_many(*arguments, market)
    assert str(error.value).startswith(message)


def test_the_smallest_part_is_one_index(market):
    whole = px.calculate_many(many.indices(), market)
    assert px.calculate_many(many.indices(), market, part_size=1).levels.equals(whole.levels)
    with pytest.raises(px.InputError, match="part_size = 0: must be at least 1"):
        px.calculate_many(many.indices(), market, part_size=0)


def test_progress_counts_every_index_a_failing_one_too(market):
    seen = []
    px.calculate_many([*many.indices(["A", "B"]), many.failing()], market, progress=seen.append)
    assert [(one.done, one.total) for one in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("tables", [None, ["levels"]])
def test_progress_counts_an_index_once_that_does_not_go_with_the_others(
    market, monkeypatch, tables
):
    rates = together.base_rates_of

    def refusing(market, methodology, *rest):
        if methodology.index.code == "B":
            raise px.errors.MissingDataError("no rate")
        return rates(market, methodology, *rest)

    monkeypatch.setattr(together, "base_rates_of", refusing)
    seen = []
    px.calculate_many(many.indices(["A", "B", "C"]), market, tables=tables, progress=seen.append)
    assert [one.done for one in seen] == [0, 1, 2, 3]


def assumed(code):
    return many.index(code, prices={"tick": {"value": 0.01, "assumed": "no source gives the tick"}})


def test_assumed_numbers_are_one_warning_for_all(market):
    rules = [assumed("A"), many.index("B"), assumed("C")]
    with pytest.warns(px.errors.AssumptionWarning) as warned:
        px.calculate_many(rules, market)
    assert [str(one.message) for one in warned] == [
        "2 indices rest on assumed numbers: A, C; Methodology.assumptions tells them"
    ]


def test_a_strict_run_fails_the_indices_with_assumed_numbers_alone(market):
    result = px.calculate_many([assumed("A"), many.index("B")], market, strict=True)
    assert list(result.failures) == ["A"]
    assert "rests on 1 assumed number" in str(result.failures["A"])
    assert result.levels["index"].unique().to_list() == ["B"]


@pytest.mark.parametrize("what", ["calculate", "calculate_together"])
def test_a_fault_of_the_program_is_no_failing_index(market, monkeypatch, what):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(f"paasche.calculation.many.part.{what}", fail)
    with pytest.raises(ZeroDivisionError):
        px.calculate_many([*many.indices(), many.failing()], market)
