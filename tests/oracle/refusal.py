"""Cases the rules refuse."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "infeasible",  # caps without a solution (B.1, B.2)
    "missing price",  # a name that never had a price when one is needed (D3)
    "missing fx",  # before the first rate, or stale for too long (D3)
    "missing shares",  # no snapshot, or none with a free float for a joiner (D3)
    "missing session",  # beyond the calendar, or a lag before it
    "missing tax",  # no withholding rate for a dividend
    "unannounced gap",  # an open-session gap without a `suspended` row (D3)
    "not representable",  # an action the scheme cannot express (D3)
    "bad basket",  # effective no session, a joiner without `replaces`, weights that do not add up
    "bad reference",  # an ex-price that is not positive (R63)
]


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the oracle
    """The rules refuse this case; `kind` says in which way."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
