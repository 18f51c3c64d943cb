"""Levels as a plot, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paasche.errors import InputError, PaascheError
from paasche.report.figures import series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from paasche.calculation import Result

__all__ = ["plot"]

_DASHES = {"price": "-", "total_return": "--", "net_total_return": ":"}
"""Lines of the variants, told apart without color."""


def plot(
    result: Result,
    *,
    variants: Sequence[str] | str | None = None,
    currency: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the levels of a run.

    Parameters
    ----------
    result : Result
    variants : str or sequence of str, optional
        Which variants; None: all of the run.
    currency : str, optional
        Currency of the levels; None: index currency.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    PaascheError
        matplotlib is not installed.
    InputError
        A variant or currency that the run does not have.
    MissingDataError
        The result has no session.

    Examples
    --------
    >>> import matplotlib, paasche as px
    >>> matplotlib.use("Agg")
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
    >>> result = px.calculate(px.Methodology.load("sample-cross-border"), market)
    >>> plot(result, variants="price").get_ylabel()
    'index points, CNY'
    """
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415
    except ModuleNotFoundError as e:
        raise PaascheError("plots need matplotlib: pip install 'paasche[report]'") from e
    index = result.methodology.index
    wanted = _chosen("variants", variants, index.variants)
    (drawn,) = _chosen("currency", currency or index.currency, index.currencies)
    series = [one for one in series_of(result) if one.variant in wanted and one.currency == drawn]
    if ax is None:
        ax = plt.subplots(figsize=(8, 4), layout="constrained")[1]
    for one in series:
        label = one.variant.replace("_", " ")
        ax.plot(one.dates, one.levels, linestyle=_DASHES[one.variant], label=label)
    # A Chinese name needs a font that not every machine has; the code is always there.
    ax.set_title(index.code)
    ax.set_ylabel(f"index points, {drawn}")
    ax.legend(frameon=False)
    return ax


def _chosen(
    name: str, chosen: Sequence[str] | str | None, known: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what was asked for, as long as the run has it."""
    if chosen is None:
        return known
    asked = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    strange = [one for one in asked if one not in known]
    if strange or not asked:
        value = strange[0] if strange else "()"
        raise InputError(f"{name} = {value}: must be among {', '.join(known)}, what the run has")
    return asked
