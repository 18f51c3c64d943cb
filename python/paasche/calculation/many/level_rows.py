"""The table of levels of many indices at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.many.tables import SCHEMAS
from paasche.levels import round_level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from paasche.calculation.many.shared import Shared
    from paasche.methodology import Methodology

__all__ = ["level_rows"]


def level_rows(
    methodologies: Sequence[Methodology],
    shared: Shared,
    columns: Mapping[str, NDArray[np.float64]],
    base_rates: Sequence[Mapping[str, float]],
    first: int,
) -> list[tuple[list[int], pl.DataFrame]]:
    """Return levels: one row for each index, variant, currency and session.

    Parameters
    ----------
    methodologies : sequence of Methodology
    shared : Shared
    columns : mapping of str to float64 array of shape (n_indices, n_sessions)
        ``value``, ``divisor``, and each variant with its opening value.
    base_rates : sequence of mapping
        Rates that versions in other currencies start from, index by index.
    first : int
        First session of the output.

    Returns
    -------
    list of (list of int, polars.DataFrame)
        Tables of indices with the same variants and currencies, and the positions of those.
    """
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[int]] = {}
    for at, one in enumerate(methodologies):
        alike.setdefault((one.index.variants, one.index.currencies), []).append(at)
    found = []
    for (variants, _), own in alike.items():
        some = [methodologies[at] for at in own]
        all_of_them = len(own) == len(methodologies)
        figures = {
            name: values[:, first:] if all_of_them else values[own, first:]
            for name, values in columns.items()
        }
        rates = [base_rates[at] for at in own]
        found.append((own, _table(some, shared, figures, rates, variants, first)))
    return found


def _table(
    methodologies: Sequence[Methodology],
    shared: Shared,
    figures: Mapping[str, NDArray[np.float64]],
    base_rates: Sequence[Mapping[str, float]],
    variants: Sequence[str],
    first: int,
) -> pl.DataFrame:
    """Return the rows of indices with the same variants and currencies, index after index."""
    index = methodologies[0].index
    currencies = sorted(index.currencies)
    days = shared.axis.sessions[first:]
    shape = (len(methodologies), len(variants), len(currencies), len(days))
    level = np.empty(shape)
    value, opening, divisor = (np.full(shape, np.nan) for _ in range(3))
    for place, variant in enumerate(sorted(variants)):
        for at, currency in enumerate(currencies):
            own = figures[variant]
            if currency == index.currency:
                level[:, place, at] = own
                value[:, place, at] = figures["value"]
                opening[:, place, at] = figures[f"{variant}_opening"]
                if variant == "price":
                    divisor[:, place, at] = figures["divisor"]
            else:
                rate = shared.found.table[first:, shared.found.column(currency)]
                base = np.array([one[currency] for one in base_rates])
                level[:, place, at] = own * (base[:, None] / rate)
    lines = _lines(shared, sorted(variants), currencies, first, len(methodologies))
    codes = pl.Series([one.index.code for one in methodologies], dtype=pl.String)
    owner = np.repeat(np.arange(len(codes), dtype=np.uint32), len(lines) // len(codes))
    unrounded = level.ravel()
    return lines.with_columns(
        index=codes.gather(owner),
        level=round_level(unrounded),
        level_unrounded=unrounded,
        value=pl.Series(value.ravel(), nan_to_null=True),
        opening_value=pl.Series(opening.ravel(), nan_to_null=True),
        divisor=pl.Series(divisor.ravel(), nan_to_null=True),
    ).select(list(SCHEMAS["levels"]))


def _lines(
    shared: Shared, variants: Sequence[str], currencies: Sequence[str], first: int, count: int
) -> pl.DataFrame:
    """Return variant, currency, hedge and date of the rows of so many indices.

    They are the same in every part.
    """
    key = ("lines", *variants, *currencies, first)
    days = shared.axis.sessions[first:]
    height = len(variants) * len(currencies) * len(days) * count
    found: pl.DataFrame | None = shared.told.get(key)
    if found is None or len(found) < height:
        one = pl.DataFrame({"variant": variants})
        for other in ({"currency": currencies}, {"hedge": ["none"]}, {"date": days}):
            one = one.join(pl.DataFrame(other), how="cross", maintain_order="left_right")
        shared.told[key] = found = pl.concat([one] * count, rechunk=True)
    return found[:height]
