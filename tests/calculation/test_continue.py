"""A history in two runs has the bytes of one."""

import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import paasche
from oracle import adapter
from oracle.making_case import make_case
from oracle.profiles import examples
from oracle.strategies import recipes
from paasche.calculation.stored.directory import content_fingerprint
from paasche.calculation.stored.tables import TABLES
from paasche.errors import InconsistentError, InputError, MissingDataError, PaascheError
from paasche.methodology import Methodology


def fingerprints(result):
    return {name: content_fingerprint(getattr(result, name)) for name in TABLES}


def calculated(case, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        market = paasche.Market.from_frames(adapter.tables(case))
        methodology = Methodology.from_dict(adapter.settings(case.method))
        return paasche.calculate(methodology, market, **options)


@examples(40)
@given(recipes(), st.floats(0, 1), st.sampled_from(["parquet", "csv"]))
def test_two_runs_have_the_bytes_of_one(recipe, share, form):
    case = make_case(recipe)
    try:
        whole = calculated(case, end=case.end)
    except PaascheError:
        return
    sessions = whole.levels["date"].unique().sort()
    cut = sessions[int(share * (len(sessions) - 1))]
    try:
        first = calculated(case, end=cut)
    except MissingDataError:
        return  # prices that end before the cut need the table status
    event("with changes on their way" if any(row["pending"] for row in first.state.members) else "")
    with tempfile.TemporaryDirectory() as scratch:
        run = first.write(Path(scratch) / "run", form)
        second = calculated(case, end=case.end, continue_from=run)
    assert fingerprints(second) == fingerprints(whole)
    # A currency that left with its last name has no rate in the second run's state.
    assert replace(second.state, rates=whole.state.rates) == whole.state


def test_a_state_in_memory_gives_the_sessions_after_it():
    case = make_case(replace_refusal())
    whole = calculated(case, end=case.end)
    sessions = whole.levels["date"].unique().sort()
    first = calculated(case, end=sessions[5])
    second = calculated(case, end=case.end, continue_from=first.state)
    assert second.levels["date"].min() == sessions[6]
    later = whole.levels.filter(pl.col("date") > sessions[5])
    assert content_fingerprint(second.levels) == content_fingerprint(later)


def replace_refusal():
    from oracle.recipe import Recipe

    return Recipe(
        seed=7,
        scheme="free_float",
        caps="none",
        calendar="union",
        exchanges=("XSHG", "XHKG"),
        names=8,
        length=25,
        reviews=1,
        interims=0,
        mask=0,
        refusal=None,
    )


@pytest.fixture
def run_directory(tmp_path):
    case = make_case(replace_refusal())
    return case, calculated(case, end=case.end).write(tmp_path / "run")


def test_a_state_of_another_methodology_is_refused(run_directory):
    case, run = run_directory
    other = replace(case, method=replace(case.method, base_level=case.method.base_level * 2))
    with pytest.raises(InputError, match="another methodology"):
        calculated(other, continue_from=run)


def test_a_market_that_does_not_know_a_name_of_the_state_is_refused(run_directory):
    case, run = run_directory
    gone = paasche.State.read(run).members[0]["security"]
    kept = tuple(row for row in case.constituents if row.security != gone)
    with pytest.raises(InputError, match=rf"differ in 1 names: {gone} \(held\)"):
        calculated(replace(case, constituents=kept), continue_from=run)


def test_a_directory_without_a_state_is_refused(run_directory):
    case, run = run_directory
    (run / "state.json").unlink()
    with pytest.raises(MissingDataError, match="must be the state of a run"):
        calculated(case, continue_from=run)


def test_a_broken_state_is_refused_by_its_name(run_directory):
    case, run = run_directory
    (run / "state.json").write_text('{"index": ', encoding="utf-8")
    with pytest.raises(
        InputError, match=r"state\.json: must be the state that `paasche calculate` wrote"
    ):
        paasche.State.read(run)
    with pytest.raises(InputError, match=r"run: state\.json must be as run\.json recorded"):
        calculated(case, continue_from=run)


def test_a_run_directory_without_its_levels_is_refused(run_directory):
    case, run = run_directory
    (run / "levels.parquet").unlink()
    with pytest.raises(MissingDataError, match=r"levels\.parquet: the table is not there"):
        calculated(case, continue_from=run)


def test_a_run_directory_is_written_whole_or_not_at_all(run_directory, tmp_path, monkeypatch):
    case, _ = run_directory
    result = calculated(case, end=case.end)
    monkeypatch.setattr(
        type(result.state), "to_json", lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        result.write(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_a_close_revised_since_the_state_is_refused(run_directory):
    case, run = run_directory
    last = paasche.State.read(run).date
    prices = tuple(
        replace(row, close=row.close * 2) if row.date == last else row for row in case.prices
    )
    state = paasche.State.read(run)
    bent = replace(state, divisor=state.divisor * 2)
    with pytest.raises(InconsistentError, match="recalculate from the base date"):
        calculated(replace(case, prices=prices), continue_from=bent)


def test_a_close_revised_before_the_state_is_refused_with_its_year(run_directory):
    case, run = run_directory
    held = {row["security"] for row in paasche.State.read(run).members}
    first = next(row for row in case.prices if row.security in held)
    prices = tuple(
        replace(row, close=row.close * 2) if row is first else row for row in case.prices
    )
    with pytest.raises(InconsistentError, match=rf"other rows in prices of {first.date.year}\."):
        calculated(replace(case, prices=prices), continue_from=run)


def test_the_past_does_not_depend_on_the_order_of_rows():
    case = make_case(replace_refusal())
    tables = adapter.tables(case)
    turned = {name: pl.DataFrame(table).reverse() for name, table in tables.items()}
    methodology = Methodology.from_dict(adapter.settings(case.method))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, other = (
            paasche.calculate(methodology, paasche.Market.from_frames(frames), end=case.end)
            for frames in (tables, turned)
        )
    assert one.market_past() == other.market_past()
    assert set(one.market_past()) >= {"prices", "shares", "constituents", "securities"}
