"""The result of many indices: their tables, and who failed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paasche.calculation.many.directory import finished_record, read_table
from paasche.calculation.many.record import error_of, warnings_of
from paasche.errors import MissingDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

    import polars as pl

    from paasche.errors import Defect, PaascheError

__all__ = ["ManyResult"]


class ManyResult:
    """Levels of many indices and everything that explains them.

    Each table has the columns it has in a `Result`, ``index`` first, and is sorted by index and
    then as there. Of a run on disk a table is read at its first use.

    Attributes
    ----------
    tables : tuple of str
        The tables that were kept; another one is refused.
    indices : tuple of str
        Codes of all that were asked for, in ascending byte order.
    failures : dict of str to PaascheError
        Why an index could not be calculated, by code.
    warnings : dict of str to tuple of Defect
        What a reader should know, by code; an index without any is left out.
    kept : int
        Indices that an earlier run on the same directory had calculated from the same inputs.
    redone : tuple of str
        Why other parts of that run were calculated again.
    seconds : float, optional
        Time it took; None for a run that was read.
    record : dict
        ``run.json`` of a run on disk.
    """

    def __init__(
        self,
        load: Callable[[str], pl.DataFrame],
        *,
        tables: Sequence[str],
        indices: Sequence[str],
        failures: Mapping[str, PaascheError],
        warnings: Mapping[str, tuple[Defect, ...]],
        kept: int = 0,
        redone: tuple[str, ...] = (),
        seconds: float | None = None,
        record: dict[str, Any] | None = None,
    ) -> None:
        self._stored = load
        self.tables = tuple(tables)
        self.indices = tuple(indices)
        self.failures = dict(failures)
        self.warnings = dict(warnings)
        self.kept = kept
        self.redone = redone
        self.seconds = seconds
        self.record = record or {}

    @classmethod
    def read(cls, path: str | PathLike[str]) -> ManyResult:
        """Read the directory of a run of many indices.

        Parameters
        ----------
        path : str or path
            Directory that `calculate_many` or ``paasche calculate`` wrote.

        Raises
        ------
        MissingDataError
            It is no such run, or the run has not finished.
        InputError
            It is another kind of run, or was changed by hand.

        Examples
        --------
        >>> import tempfile, paasche as px
        >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-09-30"))
        >>> with tempfile.TemporaryDirectory() as out:
        ...     rules = [px.Methodology.load("sample-cross-border")]
        ...     run = px.calculate_many(rules, market, out=out)
        ...     px.ManyResult.read(out).levels.equals(run.levels)
        True
        """
        return cls._of(Path(path))

    @classmethod
    def _of(cls, out: Path, **others: Any) -> ManyResult:  # noqa: ANN401
        """Read a directory; ``others`` is what only the calculation knows."""
        record = finished_record(out)
        numbers = range(len(record["parts"]))
        return cls(
            lambda name: read_table(out, name, numbers),
            tables=record["tables"],
            indices=[code for part in record["parts"] for code in part["indices"]],
            failures={code: error_of(said) for code, said in record["failures"].items()},
            warnings=warnings_of(record["warnings"]),
            record=record,
            **others,
        )

    def __repr__(self) -> str:
        count = len(self.indices)
        noun = "index" if count == 1 else "indices"
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return f"<ManyResult {count} {noun}{failed}>"

    def _load(self, name: str) -> pl.DataFrame:
        if name not in self.tables:
            raise MissingDataError(
                f"{name}: must be among the tables that the run kept, {', '.join(self.tables)}; "
                f"calculate it with the table {name}, or with all"
            )
        return self._stored(name)

    @cached_property
    def levels(self) -> pl.DataFrame:
        """Levels: index, date, variant, currency, hedge, level, … as `Result.levels`."""
        return self._load("levels")

    @cached_property
    def constituents(self) -> pl.DataFrame:
        """Holdings from the session on which they changed, as `Result.constituents`."""
        return self._load("constituents")

    @cached_property
    def divisors(self) -> pl.DataFrame:
        """Divisor changes, as `Result.divisors`."""
        return self._load("divisors")

    @cached_property
    def events(self) -> pl.DataFrame:
        """What happened to whom, as `Result.events`."""
        return self._load("events")

    @cached_property
    def securities(self) -> pl.DataFrame:
        """Who the constituents of each index are, as `Result.securities`."""
        return self._load("securities")
