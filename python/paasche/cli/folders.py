"""Folders that a command writes: free ones, and an earlier run that a new one replaces."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from paasche._files import RUN_FILES
from paasche.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from paasche import Result

__all__ = ["replace_run", "require_free", "require_replaceable"]


def require_free(folder: Path, name: str) -> None:
    """Refuse a folder that is not new or empty.

    Asked before the work begins: a long calculation that cannot be written is lost.

    Parameters
    ----------
    folder : Path
    name : str
        The option or argument that gave it.

    Raises
    ------
    InputError
        It is a file, holds something, or cannot be made.
    """
    try:
        place = folder.resolve()
        taken = place.exists() and (not place.is_dir() or any(place.iterdir()))
        above = next(parent for parent in place.parents if parent.exists())
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise InputError(
            f"{name} = {folder}: must be a folder that can be made ({reason}); give another"
        ) from e
    if taken:
        raise InputError(
            f"{name} = {folder}: must be a folder that is new or empty; give another, or remove it"
        )
    if not above.is_dir():
        raise InputError(f"{name} = {folder}: must lie in a folder; {above.name} is a file")
    if not os.access(above, os.W_OK | os.X_OK):
        raise InputError(
            f"{name} = {folder}: must lie where you may write; allow it in {above}, or give another"
        )


def require_replaceable(folder: Path, name: str, index: str) -> Path:
    """Return the absolute place of a folder that is new, empty or a run of the same index.

    A run directory with anything beside what paasche wrote stays as it is.

    Parameters
    ----------
    folder : Path
    name : str
        The option or argument that gave it.
    index : str
        Code of the index.

    Raises
    ------
    InputError
        It is a file, or holds something else.
    """
    place = folder.resolve()
    entries = sorted(place.iterdir()) if place.is_dir() else []
    if entries and _run_of(place).get("index") == index:
        own = [entry for entry in entries if entry.is_file() and entry.name in RUN_FILES]
        if own == entries:
            return place
        strange = next(entry.name for entry in entries if entry not in own)
        raise InputError(
            f"{name} = {folder}: holds {strange}, which paasche did not write; "
            "only a run of its own is replaced"
        )
    if entries or (place.exists() and not place.is_dir()):
        raise InputError(
            f"{name} = {folder}: must be new, empty, or an earlier run of {index} by paasche"
        )
    return place


def _run_of(place: Path) -> dict[str, Any]:
    """Return what ``run.json`` says; nothing, where there is none of paasche."""
    try:
        run = json.loads((place / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return run if isinstance(run, dict) and "paasche" in run else {}


def replace_run(result: Result, place: Path) -> None:
    """Write a run directory in the place of an earlier one; whole or not at all.

    Parameters
    ----------
    result : Result
    place : Path
        As `require_replaceable` returns it.
    """
    # Loads polars, which help and a command that is refused early do not need.
    from paasche.calculation.stored import directory as run_directory  # noqa: PLC0415

    run_directory.replace_run(result, place)
