"""How many cases hypothesis draws: few on every run, many on request."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("PAASCHE_EXAMPLES", "0"))
IN_CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}

# A case is a few hundred derived rows, so the usual time limits do not fit.
_COMMON = settings(
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def examples(few: int, *, many: int | None = None) -> settings:
    """Return settings of one test.

    `few` cases on every run, the same ones each time in CI; PAASCHE_EXAMPLES asks for more. With
    `many` (tests marked slow) that many, drawn anew each time.
    """
    if many is not None:
        return settings(_COMMON, max_examples=max(many, EXAMPLES))
    return settings(_COMMON, max_examples=EXAMPLES or few, derandomize=IN_CI and not EXAMPLES)
