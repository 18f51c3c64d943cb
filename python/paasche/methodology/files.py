"""From a name or a path to the text of a methodology, and what to say where that fails."""

from __future__ import annotations

import re
from difflib import get_close_matches
from os import PathLike
from pathlib import Path

from paasche.errors import Defect, InputError
from paasche.methodology.bundle import bundled, bundled_file

__all__ = ["methodology_text", "named", "refusal", "syntax"]

_MENDS = (
    ("overwrite a value", "the key stands there twice: keep one of them"),
    ("declare", "the section stands there twice: keep one of them"),
    ("date or datetime", "there is no such day: correct the date"),
    ("after a key", "write key = value"),
    ("end of a table declaration", "close the name of the section with ]"),
    ("Unclosed array", "close the list on a line before with ]"),
    ("end of array", "part values with commas and close the list, on a line before, with ]"),
    ("Unterminated string", "close the text with a quote"),
    ("Illegal character", "close the text with a quote on its own line"),
    ("Invalid value", 'write text in "quotes", numbers and dates (2015-01-05) without'),
    ("newline or end of document", 'write one key = value on a line, and text in "quotes"'),
)
"""Parts of the parser's messages, and what to do; the first that fits."""


def methodology_text(methodology: str | PathLike[str]) -> tuple[str, str]:
    """Return the text of a methodology, and its place as errors name it.

    Parameters
    ----------
    methodology : str or path
        A path, or text that ends in ``.toml`` or has a separator: a file. Other text: the name of a
        bundled methodology.

    Raises
    ------
    InputError
        No such file or name, or not text in UTF-8.
    """
    if isinstance(methodology, str) and not _is_path(methodology):
        # An index goes by its code too, as it is written: CES120 is ces-120.
        codes = {name.replace("-", "").upper(): name for name in bundled()}
        name = codes.get(methodology, methodology)
        if name not in bundled():
            raise InputError(f"methodology = {methodology}: {_unknown(methodology)}")
        file = bundled_file(name)
        return file.read_text(encoding="utf-8"), file.name
    path = Path(methodology)
    try:
        content = path.read_bytes()
    except OSError as e:
        raise InputError(f"methodology = {path}: {_absent(path, e)}") from e
    try:
        # Editors on Windows put a byte order mark in front, which TOML does not know.
        return content.decode("utf-8-sig"), str(path)
    except UnicodeDecodeError as e:
        # The market loads polars, which a methodology that reads does without.
        from paasche.market.encoding import looks_like  # noqa: PLC0415

        row = content.count(b"\n", 0, e.start) + 1
        expected = f"must be text in UTF-8; save the file as UTF-8{looks_like(content)}"
        raise refusal([Defect(place=str(path), row=row, expected=expected)]) from e


def _is_path(text: str) -> bool:
    return re.search(r"\.toml$|[/\\]", text) is not None


def named(text: object) -> bool:
    """Return whether the text of a methodology is rather the name of one: a path, or a bundled one.

    Examples
    --------
    >>> named("my.toml"), named("schema_version = 1")
    (True, False)
    """
    if not isinstance(text, str):
        return isinstance(text, PathLike)
    line = text.strip()
    return "\n" not in line and "=" not in line and (_is_path(line) or line in bundled())


def _unknown(name: str) -> str:
    """Return what to do about a name that no bundled methodology has."""
    expected = "must be a file (.toml) or a bundled methodology"
    if Path(f"{name}.toml").is_file():
        return f"{expected}; there is a file {name}.toml: write that"
    here = [path.name for path in Path().glob("*.toml")]
    close = get_close_matches(name, [*bundled(), *here], n=1)
    nearest = f"the nearest is {close[0]}; " if close else ""
    return f"{expected}; {nearest}bundled: {', '.join(bundled())}"


def _absent(path: Path, error: OSError) -> str:
    """Return what to do about a file that cannot be read."""
    if path.is_dir():
        return "must be a file, not a folder; name the .toml file in it"
    if path.exists():
        return f"must be a file that can be read ({(error.strerror or str(error)).lower()})"
    if not path.parent.is_dir():
        return f"must be a file that is there; there is no folder {path.parent}"
    known = [other.name for other in path.parent.glob("*.toml")]
    close = get_close_matches(path.name, known, n=1)
    hint = f"the nearest is {path.parent / close[0]}" if close else "there is no such file"
    return f"must be a file that is there; {hint}"


def refusal(found: list[Defect]) -> InputError:
    """Return the error that lists everything wrong with a methodology."""
    count = "1 defect" if len(found) == 1 else f"{len(found)} defects"
    return InputError(f"{found[0].place} is not a valid methodology, {count}:", found)


def syntax(message: str, text: str, place: str) -> Defect:
    """Return the defect of a text that is no TOML; the end of the text is its last line."""
    line = re.search(r"\(at line (\d+), column \d+\)", message)
    row = int(line[1]) if line else text.rstrip("\n").count("\n") + 1
    written = (text.splitlines()[row - 1 : row] or [""])[0].strip()
    reason = re.sub(r" \(at [^)]*\)$", "", message)
    mend = next((mend for part, mend in _MENDS if part in reason), reason[0].lower() + reason[1:])
    if written.endswith("="):
        mend = "give the key a value, or remove it"
    elif re.search(r"= *\[[^\]]*$", written):
        mend = "close the list with ]"
    return Defect(place=place, row=row, value=written, expected=f"must be TOML; {mend}")
