"""The directory of the trade: tables and ``review.json``, written whole or not at all."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche._core import __build_profile__, __version__
from paasche._files import new_folder
from paasche.calculation.stored.directory import content_fingerprint
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
    methodology = review.methodology
    return {
        "schema_version": SCHEMA_VERSION,
        "paasche": __version__,
        "build_profile": __build_profile__,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "polars": pl.__version__,
        },
        "index": methodology.index.code,
        "format": form,
        "date": review.date.isoformat(),
        "close": review.close.isoformat(),
        "next_session": review.next_session.isoformat(),
        "standing": review.standing,
        "dates": {name: day.isoformat() for name, day in asdict(review.dates).items()},
        "counts": review.counts,
        "turnover": review.turnover,
        "turnover_by_weight": review.turnover_by_weight,
        "market": {
            "source": review.source,
            "known_at": None if review.known_at is None else review.known_at.isoformat(),
            "fingerprints": review.market_fingerprints(),
        },
        "methodology": {
            "fingerprint": methodology.fingerprint,
            "content": methodology.model_dump(mode="json"),
        },
        "notes": list(review.notes),
        "warnings": [asdict(warning) for warning in review.warnings],
        "assumptions": [one._asdict() for one in methodology.assumptions],
        "content": {name: content_fingerprint(getattr(review, name)) for name in FILES},
    }
