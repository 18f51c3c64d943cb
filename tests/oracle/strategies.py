"""Hypothesis strategy for recipes of small, vicious, mostly valid cases (see `making_case`)."""

from __future__ import annotations

from hypothesis import strategies as st

from oracle.recipe import CALENDARS, CAPS, EXCHANGES, FEATURES, REFUSALS, SCHEMES, Recipe

# The first entries are the plainest: a failing case shrinks towards them.
NO_REFUSAL = 12


@st.composite
def recipes(
    draw,
    *,
    refused: bool | None = None,
    schemes: tuple[str, ...] = SCHEMES,
    without: tuple[str, ...] = (),
) -> Recipe:
    """Draw a recipe; `refused` asks for broken cases only, or for none.

    `without` names features that are off.
    """
    refusals: tuple[str | None, ...] = (None,) * NO_REFUSAL * len(REFUSALS) + REFUSALS
    if refused is not None:
        refusals = REFUSALS if refused else (None,)
    refusal = draw(st.sampled_from(refusals))
    caps = draw(st.sampled_from(CAPS))
    if refusal is not None and caps != "none":
        caps = "single"  # one reason to refuse is enough
    calendar = draw(st.sampled_from(CALENDARS))
    exchanges = draw(st.sampled_from(EXCHANGES))
    if calendar not in {"union", "intersection"} and calendar not in exchanges:
        exchanges = ("XSHG", "XHKG")
    fewest = 9 if caps in {"both", "lifted", "top"} else 4
    return Recipe(
        seed=draw(st.integers(0, 2**24 - 1)),
        scheme=draw(st.sampled_from(schemes)),
        caps=caps,
        calendar=calendar,
        exchanges=exchanges,
        names=draw(st.integers(fewest, 14)),
        length=draw(st.integers(15, 45)),
        reviews=draw(st.integers(0, 3)),
        interims=draw(st.integers(0, 3)),
        mask=_mask(draw) & ~sum(1 << FEATURES.index(name) for name in without),
        refusal=refusal,
    )


def _mask(draw) -> int:
    """Draw the switches in two halves: hypothesis favours small numbers in very wide ranges."""
    half = len(FEATURES) // 2
    low = draw(st.integers(0, 2**half - 1))
    return low | draw(st.integers(0, 2 ** (len(FEATURES) - half) - 1)) << half
