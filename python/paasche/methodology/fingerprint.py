"""The hash of what a methodology says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from paasche.methodology.tables import band_tables, review_rules, share_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paasche.methodology.methodology import Methodology
    from paasche.methodology.versions import Dated

__all__ = ["fingerprint"]


def fingerprint(methodology: Methodology) -> str:
    """Return SHA-256, in hex, of the content and of the numbers of the rule tables it names.

    Parameters
    ----------
    methodology : Methodology
        Its sources do not count: they state what is there, and change nothing.
    """
    written = methodology.model_dump(mode="json")
    written.pop("sources", None)
    content = {"methodology": written, "tables": _tables(methodology)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _tables(methodology: Methodology) -> dict[str, object]:
    """Return the numbers of the rule tables in use; a source worded anew changes no number."""
    used: dict[str, list[Any]] = {"free_float_bands": [], "share_rules": [], "withholding_tax": []}
    for _, rules in methodology.versions:
        used["free_float_bands"] += map(
            band_tables().__getitem__, _names(rules.weighting.free_float_bands)
        )
        used["share_rules"] += map(share_rules().__getitem__, _names(rules.shares.rules))
        if rules.universe.by_rules:
            used.setdefault("review_rules", []).append(review_rules()[rules.review.rules])
        if rules.net_total_return is not None:
            used["withholding_tax"].append(rules.net_total_return.table)
    return {
        kind: [{**asdict(table), "source": None} for table in tables]
        for kind, tables in used.items()
    }


def _names(versions: str | Sequence[Dated] | None) -> list[str]:
    if versions is None or isinstance(versions, str):
        return [versions] if versions else []
    return [version.table for version in versions]
