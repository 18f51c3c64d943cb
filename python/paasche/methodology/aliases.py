"""What people and other systems call a key or a word of a methodology, for a message about it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["nearest_key", "nearest_word"]

_KEYS: dict[str, tuple[str, ...]] = {
    "single_cap": ("cap", "capping", "limit", "max_weight", "maximum_weight", "weight_cap"),
    "top_five_cap": ("top5", "top5_cap", "top_5_cap", "top_five"),
    "free_float_bands": ("banding", "bands", "ff_bands"),
    "scheme": ("method", "type", "weighting_scheme"),
    "lag": ("lag_sessions", "price_lag"),
    "code": ("id", "symbol", "ticker"),
    "base_date": ("inception", "inception_date", "start", "start_date"),
    "base_level": ("base_value", "initial_level", "initial_value", "start_value"),
    "variants": ("return_type", "returns", "versions"),
    "withholding_tax": ("tax", "tax_rate", "withholding"),
    "max_stale_sessions": ("max_stale", "stale"),
    "schema_version": ("schema", "version"),
    "weighting": ("capping", "weights"),
}
"""By key: names it goes by elsewhere. Nearness alone misses them, or takes them for another."""

_WORDS: dict[str, tuple[str, ...]] = {
    "free_float": ("ff", "ffmc", "float", "float_adjusted", "float_cap"),
    "total": ("full", "full_cap", "market_cap", "marketcap", "mcap"),
    "equal": ("equal_weight", "equal_weighted", "equally_weighted"),
    "price": ("pr", "price_return", "price_weighted"),
    "given": ("custom", "fixed", "manual"),
    "total_return": ("gross", "gross_return", "gtr", "tr"),
    "net_total_return": ("net", "net_return", "ntr"),
}
"""By word: the same."""


def nearest_key(name: str, known: Sequence[str]) -> str | None:
    """Return the known key that a name stands for, or is most like.

    Examples
    --------
    >>> nearest_key("max_weight", ["scheme", "single_cap"])
    'single_cap'
    """
    return _nearest(name, known, _KEYS)


def nearest_word(name: str, known: Sequence[str]) -> str | None:
    """Return the known word that another one stands for, or is most like.

    Examples
    --------
    >>> nearest_word("gross", ["price", "total_return"])
    'total_return'
    """
    return _nearest(name, known, _WORDS)


def _nearest(name: str, known: Sequence[str], aliases: dict[str, tuple[str, ...]]) -> str | None:
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    meant = (word for word in known if plain == word or plain in aliases.get(word, ()))
    return next(meant, None) or next(iter(get_close_matches(plain, known, n=1)), None)
