"""What holds for every selection, and the same selection told a second time, word for word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.review.choice.selection import Alike, select

ANY_LIMIT = st.none() | st.integers(1, 100)


@st.composite
def reviews(draw, limits=ANY_LIMIT, with_quotas=False):
    size = draw(st.integers(1, 30))
    ranked = draw(st.permutations([f"S{place:02d}" for place in range(size)]))
    old = draw(st.sets(st.sampled_from([*ranked, "X1", "X2", "X3"])))
    percent = draw(st.integers(0, 100))
    quotas = []
    if with_quotas:
        labels = draw(st.lists(st.sampled_from(["a", "b", None]), min_size=size, max_size=size))
        quotas = [
            Alike(
                by="industry",
                labels=dict(zip(ranked, labels, strict=True)),
                count=draw(st.integers(1, 5)),
            )
        ]
    return {
        "ranked": ranked,
        "old": old,
        "count": draw(st.integers(1, 20)),
        "newcomers": percent,
        "stayers": draw(st.integers(0, 150)),
        "limit": draw(limits),
        "priority": draw(st.sets(st.sampled_from(ranked))),
        "quotas": quotas,
    }


def run(review, constituents=None, reserve=3):
    return select(
        review["ranked"],
        review["old"] if constituents is None else constituents,
        review["count"],
        newcomer_buffer=review["newcomers"] / 100,
        constituent_buffer=review["stayers"] / 100,
        turnover_limit=None if review["limit"] is None else review["limit"] / 100,
        reserve=reserve,
        priority=review["priority"],
        quotas=review["quotas"],
    )


def by_the_book(review):
    """Return the constituents as the rule tells them, step by step (R7, R8, R12)."""
    rank = {name: place for place, name in enumerate(review["ranked"], 1)}
    old, n = review["old"] & set(rank), review["count"]
    enter = (100 - review["newcomers"]) * n // 100
    stay = (100 + review["stayers"]) * n // 100
    chosen = {name for name in rank if rank[name] <= (stay if name in old else enter)}
    while len(chosen) > n:
        chosen.remove(max(chosen & old or chosen, key=rank.get))
    while len(chosen) < n and set(rank) - chosen:
        chosen.add(min(set(rank) - chosen, key=rank.get))
    if review["limit"] is None:
        return chosen
    allowed = max(review["limit"] * n // 100, n - len(old))
    leave = old - chosen
    added = sorted(chosen - old, key=rank.get)
    for newcomer in added[allowed:]:
        chosen.remove(newcomer)
        best = min(leave, key=lambda name: (name in review["priority"], rank[name]))
        leave.remove(best)
        chosen.add(best)
    return chosen


@pytest.mark.rule("R7", "R8", "R12")
@given(reviews())
def test_the_selection_is_that_of_the_book(review):
    assert set(run(review).constituents) == by_the_book(review)


@pytest.mark.rule("R7", "R8", "R9")
@given(reviews())
def test_what_holds_for_every_selection(review):
    chosen = run(review)
    ranked, old, n = review["ranked"], review["old"], review["count"]
    place = {name: rank for rank, name in enumerate(ranked, 1)}
    # The count is met where enough are eligible.
    assert len(chosen.constituents) == min(n, len(ranked))
    # Everyone is one of added, kept and deleted, and by rank.
    assert set(chosen.added) == set(chosen.constituents) - old
    assert set(chosen.kept) == set(chosen.constituents) & old
    assert set(chosen.deleted) == old - set(chosen.constituents)
    assert sorted(chosen.constituents, key=place.get) == list(chosen.constituents)
    # The limit holds unless places are empty.
    if review["limit"] is not None:
        empty = n - len(old & set(ranked))
        assert len(chosen.added) <= max(review["limit"] * n // 100, empty)
    # No newcomer below the top zone enters while a constituent in the buffer zone leaves.
    below = [name for name in chosen.added if place[name] > chosen.enter]
    leavers = [name for name in chosen.deleted if place.get(name, chosen.stay + 1) <= chosen.stay]
    assert not (below and leavers)
    # Newcomers come in by rank: none is left out that ranks above one that enters.
    left_out = [place[name] for name in ranked if name not in {*chosen.constituents, *old}]
    assert not chosen.added or max(map(place.get, chosen.added)) < min([*left_out, 99])
    # The reserve list follows on: the best others, without the long suspended.
    others = [name for name in ranked if name not in chosen.constituents]
    assert list(chosen.reserve) == [name for name in others if name not in review["priority"]][:3]


@pytest.mark.rule("R8")
@given(reviews(limits=st.none(), with_quotas=True))
def test_a_review_without_new_data_changes_nothing(review):
    chosen = run(review)
    again = run(review, chosen.constituents)
    assert again.constituents == chosen.constituents
    assert (again.added, again.deleted) == ((), ())
    assert again.reserve == chosen.reserve


@pytest.mark.rule("R7")
@given(reviews(limits=st.integers(5, 100), with_quotas=True))
def test_reviews_without_new_data_come_to_rest_under_a_limit(review):
    chosen = run(review)
    for _ in range(25):
        after = run(review, chosen.constituents)
        if after.constituents == chosen.constituents:
            break
        chosen = after
    assert after.constituents == chosen.constituents


@given(reviews(with_quotas=True))
def test_quotas_hold_for_every_selection(review):
    chosen = run(review)
    (quota,) = review["quotas"]
    labels = [quota.labels[name] for name in chosen.constituents]
    assert max(labels.count("a"), labels.count("b")) <= quota.count
    # Places stay empty only where all who are left out are barred.
    if len(chosen.constituents) < review["count"]:
        left = [name for name in review["ranked"] if name not in chosen.constituents]
        assert all(labels.count(quota.labels[name]) == quota.count for name in left)


@pytest.mark.rule("R8")
@given(reviews(with_quotas=True), st.randoms())
def test_the_order_of_the_constituents_does_not_matter(review, random):
    listed = sorted(review["old"])
    random.shuffle(listed)
    assert run(review, listed) == run(review, sorted(listed))


@pytest.mark.rule("R8")
@given(reviews(with_quotas=True))
def test_every_name_has_a_verdict_that_agrees_with_the_outcome(review):
    chosen = run(review)
    assert set(chosen.verdicts) == set(review["ranked"]) | review["old"]
    outcome = {name: verdict.outcome for name, verdict in chosen.verdicts.items()}
    for word in ("added", "kept", "deleted"):
        assert {name for name in outcome if outcome[name] == word} == set(getattr(chosen, word))
    place = {name: verdict.reserve for name, verdict in chosen.verdicts.items() if verdict.reserve}
    assert place == {name: number for number, name in enumerate(chosen.reserve, 1)}
    for name, verdict in chosen.verdicts.items():
        assert verdict.rule in {None, "R7", "R8", "R12"}
        assert verdict.reason.startswith(f"rank {verdict.rank}: ") or name not in review["ranked"]
