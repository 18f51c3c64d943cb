"""What every test rests on: no test asserts a time, so hypothesis sets no deadline either."""

import os
import signal
import warnings

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_PATIENCE = 30
"""Seconds after which a fork that waits for threads it does not have is ended."""


@pytest.fixture
def same_in_a_fork():
    """Check that work gives the same in a fork, which has none of its parent's threads."""
    if not hasattr(os, "fork"):
        pytest.skip("no forks")

    def check(work):
        expected = work()
        with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
            child = os.fork()
        if not child:
            try:
                signal.alarm(_PATIENCE)
                os._exit(0 if work() == expected else 1)
            finally:
                os._exit(2)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert work() == expected

    return check
