"""What people and other systems call a key or a word of a methodology, for a message about it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["meant_key", "nearest_key", "nearest_word"]

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
    "count": ("constituents", "members", "n", "names", "number", "size", "top_n"),
    "market_value_share": ("coverage", "cumulative_share", "market_share"),
    "rank_by": ("order_by", "rank", "ranking", "sort_by"),
    "newcomer_buffer and constituent_buffer": ("beta", "buffer", "buffer_zone", "buffers"),
    "turnover_limit": ("limit", "max_replacement", "max_turnover", "turnover"),
    "reserve_share": ("reserve", "reserve_list", "reserve_size"),
    "months": ("month", "review_months"),
    "adjustment_close": ("day", "effective", "effective_date", "rebalance_day", "review_day"),
    "cutoff_months": ("cut_off", "cutoff", "cutoff_lag"),
    "window_months": ("data_window", "lookback", "window"),
    "announcement_lead": ("announcement", "lead", "notice"),
    "exchanges": ("exchange", "markets", "mic"),
    "connect_exchanges": ("connect", "stock_connect"),
    "excluded_status": ("exclude", "excluded", "status"),
    "listing_age": ("age", "listed", "min_age", "seasoning"),
    "loss_makers": ("loss", "losses", "profit"),
    "screens": ("filters", "liquidity", "screen"),
    "top_share": ("share", "top"),
    "minimum": ("min", "threshold"),
    "fast_entry": ("fast_track",),
    "monthly_removals": ("monthly", "removals"),
    "change": ("changes", "rule_change", "rule_changes"),
    "valid_from": ("date", "effective_from", "from", "since"),
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
    return meant_key(name, known) or _most_like(name, known)


def meant_key(name: str, known: Sequence[str]) -> str | None:
    """Return the known key, or keys, that a name stands for elsewhere.

    Examples
    --------
    >>> meant_key("buffer", ["count", "newcomer_buffer", "constituent_buffer"])
    'newcomer_buffer and constituent_buffer'
    """
    return _meant(name, known, _KEYS)


def nearest_word(name: str, known: Sequence[str]) -> str | None:
    """Return the known word that another one stands for, or is most like.

    Examples
    --------
    >>> nearest_word("gross", ["price", "total_return"])
    'total_return'
    """
    return _meant(name, known, _WORDS) or _most_like(name, known)


def _meant(name: str, known: Sequence[str], aliases: dict[str, tuple[str, ...]]) -> str | None:
    plain = _plain(name)
    if plain in known:
        return plain
    meant = (word for word, others in aliases.items() if plain in others)
    return next((word for word in meant if set(word.split(" and ")) <= set(known)), None)


def _most_like(name: str, known: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(_plain(name), known, n=1)), None)


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")
