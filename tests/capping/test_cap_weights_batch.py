"""Many baskets: the bits of each alone, on any number of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from paasche.capping import cap_weights, cap_weights_batch
from paasche.errors import InfeasibleRuleError, InputError
from vectors import under_each_width

CAPS = [
    {"single": 0.1},
    {"single": 0.1, "top_five": 0.4, "infeasible": "lift_fifth"},
    {"single": 0.15, "top_five": 0.3, "top_test": "after_single_cap", "infeasible": "lift_fifth"},
]


def market(baskets=300):
    """Log-normal baskets of 20 to 400 names."""
    random = np.random.default_rng(20260612)
    sizes = random.integers(20, 400, size=baskets)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return random.lognormal(3.0, 1.5, size=offsets[-1]), offsets


@pytest.mark.rule("R40")
@pytest.mark.parametrize("caps", CAPS)
def test_each_basket_of_a_batch_has_the_bits_it_has_alone(caps):
    values, offsets = market()
    alone = [cap_weights(basket, **caps) for basket in np.split(values, offsets[1:-1])]
    assert cap_weights_batch(values, offsets, **caps).tobytes() == np.concatenate(alone).tobytes()


def test_codes_run_along_with_the_values():
    values = [30, 20, 10, 8, 5, 5, 5, 5, 4, 4, 4] * 2
    codes = [*"abcdefghijk", *"kjihgfedcba"]
    weights = cap_weights_batch(values, [0, 11, 22], 0.2, 0.72, codes=codes)
    first, second = weights[:11], weights[11:]
    assert first[4] > first[7]
    assert second[4] < second[7]


def test_no_baskets_have_no_weights():
    assert cap_weights_batch([], [0]).shape == (0,)


def test_the_first_basket_without_a_solution_is_named():
    values = [3, 1, 5, 3, 1, 5, 3, 1]
    with pytest.raises(InfeasibleRuleError, match=r"^basket 0: single_cap = 0.4: 2 names"):
        cap_weights_batch(values, [0, 2, 5, 8], single=0.4)
    with pytest.raises(InputError, match=r"^basket 1: values\[2\] = -1: must be a finite"):
        cap_weights_batch([1, 1, 2, 3, -1], [0, 2, 5])
    with pytest.raises(InputError, match=r"^basket 1: values = 0 values"):
        cap_weights_batch([1, 1], [0, 2, 2])


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        ([], "offsets = []: must hold at least the number 0"),
        ([1, 3], "offsets[0] = 1: must be 0"),
        ([0, 2, 1, 3], "offsets[2] = 1: must be at least the offset before, 2"),
        ([0, 2], "offsets[1] = 2: must be the number of values, 3"),
        ([0, -1, 3], "offsets[1] = -1: must be 0 or more"),
        ([0, 1.5, 3], "offsets[1] = 1.5: must be a whole number"),
    ],
)
def test_offsets_ascend_from_0_to_the_number_of_values(offsets, message):
    with pytest.raises(InputError) as caught:
        cap_weights_batch([1, 2, 3], offsets)
    assert str(caught.value).startswith(message)


def test_threads_calculate_the_same_weights():
    values, offsets = market(50)
    expected = cap_weights_batch(values, offsets, single=0.1).tobytes()
    with ThreadPoolExecutor(4) as pool:
        runs = pool.map(
            lambda _: cap_weights_batch(values, offsets, single=0.1).tobytes(), range(16)
        )
    assert set(runs) == {expected}


def test_a_fork_calculates_the_same_weights(same_in_a_fork):
    values, offsets = market(50)
    same_in_a_fork(lambda: cap_weights_batch(values, offsets, single=0.1).tobytes())


@pytest.mark.parametrize("caps", CAPS)
def test_no_width_of_vectors_changes_a_bit(caps):
    values, offsets = market(50)
    bits = under_each_width(lambda: cap_weights_batch(values, offsets, **caps).tobytes())
    assert len(set(bits)) == 1
