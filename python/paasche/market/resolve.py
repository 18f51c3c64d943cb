"""From codes of any style to canonical identifiers, in every table at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.columns import Kind
from paasche.market.history import standing
from paasche.market.identifiers import Directory, canonical, code_numbers, with_exchange
from paasche.market.numbering import numbered
from paasche.market.tables import TABLES
from paasche.market.vocabulary import EXCHANGES, VENUES, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paasche.market.report import Report
    from paasche.market.source import Source
    from paasche.market.vocabulary import Exchange

__all__ = ["Positions", "resolve", "resolve_rows"]

Positions = dict[tuple[str, str], np.ndarray]
"""Position of every row's security among the identifiers, by table and column; -1 for none."""


def resolve(
    frames: dict[str, pl.DataFrame], sources: Mapping[str, Source], report: Report
) -> tuple[Directory | None, Positions]:
    """Replace every code in `frames` by the identifier of its security.

    Parameters
    ----------
    frames : dict of str to pl.DataFrame
        Tables with canonical columns; changed in place.
    sources : mapping of str to Source
        Where the rows came from.
    report : Report
        Takes the defects: unknown securities, codes at odds with their exchange, ambiguous numbers.

    Returns
    -------
    directory : Directory or None
        The securities; None where no usable table `securities` is there.
    positions : dict of (str, str) to int32 array of shape (n_rows,)
        By table and column.
    """
    if "securities" not in frames:
        _miss_securities(frames, report)
        return None, {}
    refused = _identify(frames, sources["securities"], report)
    securities = frames["securities"]["security"]
    if securities.null_count() == len(securities):
        return None, {}
    positions: Positions = {}
    listed = Directory(securities)
    for name in [name for name in frames if name in {"securities", "codes"}]:
        ids, positions[name, "security"] = _resolved(
            frames[name],
            sources[name],
            "security",
            None,
            directory=listed,
            refused=refused,
            report=report,
        )
        frames[name] = frames[name].with_columns(ids)
    directory = listed
    if "codes" in frames:
        frames["codes"] = _canonical_codes(frames["codes"], frames["securities"])
        directory = Directory(securities, standing(frames["codes"], TABLES["codes"]))
    for name in [name for name in frames if name not in {"securities", "codes"}]:
        for column in TABLES[name].columns:
            if column.kind is Kind.SECURITY:
                ids, positions[name, column.name] = _resolved(
                    frames[name],
                    sources[name],
                    column.name,
                    TABLES[name].dated_by,
                    directory=directory,
                    refused=refused,
                    report=report,
                )
                frames[name] = frames[name].with_columns(ids)
    return directory, positions


def resolve_rows(
    name: str, frame: pl.DataFrame, source: Source, directory: Directory, report: Report
) -> tuple[pl.DataFrame, np.ndarray]:
    """Replace the codes of the column ``security`` of some rows of a table, as `resolve` does.

    Parameters
    ----------
    name : str
        Table.
    frame : pl.DataFrame
        Rows with canonical columns.
    source : Source
        Where they came from.
    directory : Directory
        The securities, without a defect.
    report : Report
        Takes the defects.

    Returns
    -------
    frame : pl.DataFrame
    positions : int32 array of shape (n_rows,)
    """
    ids, positions = _resolved(
        frame,
        source,
        "security",
        TABLES[name].dated_by,
        directory=directory,
        refused=frozenset(),
        report=report,
    )
    return frame.with_columns(ids), positions


def _miss_securities(frames: Mapping[str, pl.DataFrame], report: Report) -> None:
    naming = [
        name
        for name in frames
        if any(column.kind is Kind.SECURITY for column in TABLES[name].columns)
    ]
    # A file of this name that does not read is a defect already.
    if naming and not report.names("securities"):
        expected = f"must be there, the table that lists what {', '.join(naming)} name; add it"
        report.add("securities", expected)


def _identify(
    frames: dict[str, pl.DataFrame], source: Source, report: Report
) -> frozenset[str | None]:
    """Give `securities` its identifiers; return the numbers of the codes that are refused."""
    codes, exchanges = frames["securities"]["security"], frames["securities"]["exchange"]
    ids = with_exchange(codes, exchanges)

    def expected(position: int) -> str:
        return _styled(codes[position], EXCHANGES[exchanges[position]])

    bad = ids.is_null() & codes.is_not_null()
    report.rows(source, bad, expected, column="security", values=codes)
    frames["securities"] = frames["securities"].with_columns(ids.alias("security"))
    return frozenset(_numbers(codes.filter(bad))) - {None} if bad.any() else frozenset()


def _styled(code: str, exchange: Exchange) -> str:
    """Return what the code of a security must be on its exchange, and how this one is mended."""
    style = (
        f"must be {exchange.digits} digits and .{exchange.venue}, as its exchange is {exchange.mic}"
    )
    number = code_numbers(pl.Series([code]))[0]
    named = canonical(pl.Series([code]))[0]
    if named is not None:
        home = VENUES[named.rpartition(".")[2]]
        return f"{style}; {named} is one of {home.mic}: correct the code or the exchange"
    if len(number) < exchange.digits:
        whole = f"{number.zfill(exchange.digits)}.{exchange.venue}"
        return f"{style}; write {whole}, and read codes as text, else leading zeros are lost"
    return f"{style}; correct the code or the exchange"


def _numbers(codes: pl.Series) -> list[str | None]:
    """Return the numbers of codes without leading zeros; null where a code has no known style."""
    return code_numbers(codes).str.strip_chars_start("0").to_list()


def _canonical_codes(codes: pl.DataFrame, securities: pl.DataFrame) -> pl.DataFrame:
    """Return `codes` with canonical codes; a bare number belongs to its security's exchange."""
    homes = securities.select("security", "exchange").unique("security", keep="first")
    exchanges = codes.select("security").join(
        homes, on="security", how="left", maintain_order="left"
    )
    code = codes["code"]
    named = canonical(code)
    bare = with_exchange(code, exchanges["exchange"])
    return codes.with_columns(pl.coalesce(named, bare, code).alias("code"))


def _resolved(
    frame: pl.DataFrame,
    source: Source,
    column: str,
    dated_by: str | None,
    *,
    directory: Directory,
    refused: frozenset[str | None],
    report: Report,
) -> tuple[pl.Series, np.ndarray]:
    """Return the identifiers of a column of codes, and their positions."""
    codes = frame[column]
    if not directory.shared:
        # The common case: every code is an identifier already.
        found = _identified(codes, directory)
        if found is not None:
            return codes, found
    meanings = directory.names(codes.unique().drop_nulls())
    ids = codes.replace_strict(
        list(meanings), list(meanings.values()), default=None, return_dtype=pl.String
    )
    unknown = ids.is_null() & codes.is_not_null()
    if refused and unknown.any():
        # What the table securities would name with its own code mended is no second defect.
        numbers = pl.Series(_numbers(codes), dtype=pl.String)
        unknown &= ~numbers.is_in(list(refused)).fill_null(value=False)
    report.words(
        source,
        unknown,
        lambda word: _expected(word, directory),
        column=column,
        values=codes,
    )
    shared = ids.is_in(list(directory.shared)).fill_null(value=False)
    if dated_by and shared.any():
        dates = frame[dated_by]
        ids = _by_date(ids, shared, dates, directory)
        report.rows(
            source,
            ids.is_null() & shared & dates.is_not_null(),
            "must be dated on a day for which the table codes says whose code it is; add that span",
            column=column,
            values=codes,
        )
    return ids.alias(column), _positions(ids.cast(directory.dtype))


def _identified(codes: pl.Series, directory: Directory) -> np.ndarray | None:
    """Return the positions of codes that are identifiers; None where one of them is not."""
    if codes.null_count():
        known = codes.cast(directory.dtype, strict=False)
        return _positions(known) if known.null_count() == codes.null_count() else None
    names, numbers = numbered(codes)
    known = pl.Series(names, dtype=pl.String).cast(directory.dtype, strict=False)
    if known.null_count():
        return None
    # Often a table names all there are.
    return numbers if len(names) == len(directory.ids) else _positions(known)[numbers]


def _positions(known: pl.Series) -> np.ndarray:
    positions = known.to_physical()
    if positions.null_count():
        return positions.cast(pl.Int32).fill_null(-1).to_numpy()
    return positions.to_numpy().astype(np.int32)


def _by_date(
    ids: pl.Series, shared: pl.Series, dates: pl.Series, directory: Directory
) -> pl.Series:
    """Return `ids` with codes that several securities bore resolved by the date of their row."""
    rows = pl.DataFrame({"code": ids, "date": dates.cast(pl.Date)})
    days = rows.filter(shared).drop_nulls().unique()
    holders = [directory.on(code, date) for code, date in days.iter_rows()]
    found = rows.join(
        days.with_columns(holder=pl.Series(holders, dtype=pl.String)),
        on=["code", "date"],
        how="left",
        maintain_order="left",
    )
    return found["holder"].zip_with(shared, ids)


def _expected(word: str, directory: Directory) -> str:
    if word.isascii() and word.isdigit():
        meanings = directory.meanings(word)
        if len(meanings) > 1:
            return f"must name one security; {' and '.join(meanings)} have this number: write which"
        whole = next(iter(directory.names([word.zfill(6)]).values()), None)
        if whole:
            return f"must be {whole}; read codes as text, else leading zeros are lost"
    close = nearest(word, directory.ids)
    mend = f"the nearest is {close}" if close else "add it there, or correct the code"
    return f"must be a security of the table securities; {mend}"
