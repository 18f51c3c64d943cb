"""Who may calculate parts, how much is sent ahead, and what is said when a worker is lost."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager

import pytest

import paasche as px
from calculation.many import many_indices as many
from paasche.calculation.many import executors
from paasche.calculation.many.cluster import connection
from paasche.calculation.many.executors import Named
from paasche.calculation.many.pool import Pool
from paasche.errors import InputError, PaascheError


@pytest.fixture(scope="module", name="market")
def _market():
    return many.market()


@pytest.fixture(name="named")
def _named(monkeypatch):
    """Give a pool the name ``here``; returns how often it was opened and closed."""
    seen = []

    def name(pool):
        @contextmanager
        def opened():
            seen.append("opened")
            try:
                yield pool
            finally:
                seen.append("closed")

        monkeypatch.setitem(executors.NAMED, "here", Named(lambda: None, opened))
        return seen

    return name


@pytest.mark.parametrize(
    ("executor", "shown"), [("dask", "dask"), ("", ""), (2, "int"), (object(), "object")]
)
def test_what_is_no_executor_is_refused_before_anything_is_written(
    market, tmp_path, executor, shown
):
    with pytest.raises(InputError) as e:
        px.calculate_many(many.indices(), market, out=tmp_path / "out", executor=executor)
    assert str(e.value) == f"executor = {shown}: must be ray, or an executor of concurrent.futures"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("missing", "said"),
    [({"ray"}, "ray"), ({"pyarrow"}, "pyarrow"), ({"ray", "pyarrow"}, "ray and pyarrow")],
)
def test_ray_without_its_extra_says_what_to_install(market, monkeypatch, missing, said):
    monkeypatch.setattr(connection, "find_spec", lambda name: None if name in missing else name)
    with pytest.raises(InputError) as e:
        px.calculate_many(many.indices(), market, executor="ray")
    assert str(e.value) == (
        f'executor = ray: must have {said} installed; pip install "paasche[ray]"'
    )


class Patient(Executor):
    """Calculates when nothing more comes; counts how much was sent ahead."""

    def __init__(self, ahead):
        self.ahead, self.most, self.asked, self.waiting = ahead, 0, [], []

    def submit(self, function, /, *arguments):
        future = Future()
        self.asked.append(arguments[-1])
        self.waiting.append((future, function, arguments))
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) == self.ahead or len(self.asked) == len(many.CODES):
            while self.waiting:
                one, work, given = self.waiting.pop()
                one.set_result(work(*given))
        return future


@pytest.mark.parametrize("ahead", [1, 3, 7])
def test_so_many_parts_are_sent_ahead(market, named, ahead):
    patient = Patient(ahead)
    seen = named(Pool(patient, ahead=lambda: ahead))
    result = px.calculate_many(many.indices(), market, executor="here", part_size=1)
    assert patient.most == ahead
    assert len(patient.asked) == len(many.CODES)
    assert result.levels.equals(px.calculate_many(many.indices(), market).levels)
    assert seen == ["opened", "closed"]


@pytest.mark.parametrize(("asked", "used"), [(None, 1), (2, 2)])
def test_a_pool_says_the_threads_of_a_worker_where_none_are_asked_for(market, named, asked, used):
    patient = Patient(7)
    named(Pool(patient, threads=1))
    px.calculate_many(many.indices(), market, executor="here", part_size=1, threads=asked)
    assert {one.threads for one in patient.asked} == {used}


def test_a_pool_is_not_opened_when_nothing_is_left_to_do(market, named, tmp_path):
    px.calculate_many(many.indices(), market, out=tmp_path)
    seen = named(Pool(Patient(1)))
    assert px.calculate_many(many.indices(), market, out=tmp_path, executor="here").kept == 7
    assert seen == []


class Losing(Executor):
    """Loses the worker of one part: when it takes it, or while it works."""

    def __init__(self, at, *, taking):
        self.at, self.taking, self.count = at, taking, 0

    def submit(self, function, /, *arguments):
        self.count += 1
        future = Future()
        if self.count - 1 != self.at:
            future.set_result(function(*arguments))
        elif self.taking:
            raise BrokenExecutor("it is gone")
        else:
            future.set_exception(BrokenExecutor("it is gone"))
        return future


@pytest.mark.parametrize("taking", [True, False])
def test_a_lost_worker_is_told_with_its_part_and_the_run_can_go_on(market, named, tmp_path, taking):
    seen = named(Pool(Losing(2, taking=taking), ahead=lambda: 1))
    with pytest.raises(PaascheError) as e:
        px.calculate_many(many.indices(), market, out=tmp_path, executor="here", part_size=2)
    assert str(e.value).startswith(
        "part 2 (indices I4 to I5): its worker was lost (it is gone); look for lack of memory"
    )
    assert seen == ["opened", "closed"]
    assert px.calculate_many(many.indices(), market, out=tmp_path, part_size=2).kept == 4
