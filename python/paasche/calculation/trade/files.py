"""The directory of the trade: tables and ``review.json``, written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from paasche._files import new_folder
from paasche.calculation.stored.directory import content_fingerprint
from paasche.calculation.stored.provenance import made_with, market_of, rules_of
from paasche.calculation.trade.schema import FILES, SCHEMA_VERSION
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from paasche.calculation.trade.review import Review

__all__ = ["write_review"]

_WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "csv": pl.DataFrame.write_csv,
    "parquet": pl.DataFrame.write_parquet,
}


def write_review(
    path: Path, review: Review, form: str, pages: dict[str, str] | None = None
) -> Path:
    """Write the files of the trade beside their place, then move them there.

    Parameters
    ----------
    path : Path
        Directory to make.
    review : Review
    form : {"csv", "parquet"}
    pages : dict of str to str, optional
        Further files by name, as text.
    """
    if form not in _WRITERS:
        raise InputError(f'format = "{form}": must be one of {", ".join(sorted(_WRITERS))}')
    with new_folder("out", path) as draft:
        for name in FILES:
            _WRITERS[form](getattr(review, name), draft / f"{name}.{form}")
        said = json.dumps(_description(review, form), indent=2, ensure_ascii=False)
        texts = {"review.json": said + "\n", **(pages or {})}
        for name, text in texts.items():
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
    return path


def _description(review: Review, form: str) -> dict[str, Any]:
    return {
        **made_with(review, SCHEMA_VERSION, form),
        "date": review.date.isoformat(),
        "close": review.close.isoformat(),
        "next_session": review.next_session.isoformat(),
        "standing": review.standing,
        "dates": {name: day.isoformat() for name, day in asdict(review.dates).items()},
        "counts": review.counts,
        "turnover": review.turnover,
        "turnover_by_weight": review.turnover_by_weight,
        "market": market_of(review),
        "methodology": rules_of(review),
        "notes": list(review.notes),
        "warnings": [asdict(warning) for warning in review.warnings],
        "assumptions": [one._asdict() for one in review.methodology.assumptions],
        "content": {name: content_fingerprint(getattr(review, name)) for name in FILES},
    }
