"""What a CSV file is that does not read as one: another encoding, separator or format."""

from __future__ import annotations

import csv
import io

__all__ = ["UnreadableError", "check_header", "check_lines", "check_text", "looks_like"]

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PARQUET = b"PAR1"


class UnreadableError(Exception):
    """A file that does not parse; the text says what it must be and how to mend it."""

    def __init__(self, expected: str, *, row: int | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.row = row


def check_text(text: bytes) -> str:
    """Return the text of a CSV file.

    Raises
    ------
    UnreadableError
        It is not UTF-8; the message names the encoding it looks like.
    """
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as e:
        if text.startswith(_PARQUET):
            raise UnreadableError("must be CSV; it is Parquet: name it .parquet") from e
        if text.startswith(_UTF_16):
            raise UnreadableError("must be text in UTF-8; it is UTF-16: save it as UTF-8") from e
        row = text.count(b"\n", 0, e.start) + 1
        expected = f"must be text in UTF-8; save the file as UTF-8{looks_like(text)}"
        raise UnreadableError(expected, row=row) from e


def looks_like(text: bytes) -> str:
    """Return, in brackets, the encoding that text which is not UTF-8 looks like; else nothing.

    Examples
    --------
    >>> looks_like("贵州茅台".encode("gbk"))
    ' (it reads as GBK)'
    """
    try:
        text.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return " (it reads as GBK)"


def check_header(name: str) -> None:
    """Refuse a file of one column whose name shows that fields are separated by something else.

    Raises
    ------
    UnreadableError
        The name of the only column holds another separator.
    """
    for separator, called in _OTHER_SEPARATORS.items():
        if separator in name:
            expected = f"must be separated by commas; it has {called}: save it with commas"
            raise UnreadableError(expected, row=1)


def check_lines(text: bytes) -> None:
    """Refuse text that is not UTF-8, and the first line that is not as long as the header.

    Raises
    ------
    UnreadableError
        Naming the line.
    """
    reader = csv.reader(io.StringIO(check_text(text), newline=""))
    width = len(next(reader))
    start = reader.line_num + 1
    for fields in reader:
        if fields and len(fields) != width:
            mend = "quote a field that holds a comma" if len(fields) > width else "complete it"
            expected = f"must have {width} fields as the header; it has {len(fields)}: {mend}"
            raise UnreadableError(expected, row=start)
        start = reader.line_num + 1
