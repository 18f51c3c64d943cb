"""Hand a case to the package, and compare what it says with what the oracle says.

The only module here that imports the package.
"""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

import paasche
from oracle.index import calculate
from oracle.published import distance_to_tie, published
from oracle.refusal import Refusal
from paasche import errors
from paasche.methodology import Methodology

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from oracle.case import Case, Method, OracleResult

NEAR_TIE = Fraction(1, 10**9)  # points
LEVELS = Fraction(1, 10**12)  # relative
SUMS = Fraction(1, 10**11)  # relative, for values and divisors
INDEX = "CASE"

ERRORS: dict[str, tuple[type[Exception], ...]] = {
    "infeasible": (errors.InfeasibleRuleError,),
    "missing price": (errors.MissingDataError,),
    # A close carried over cash without a rate, before the base: the cash is named, not the rate.
    "missing fx": (errors.MissingDataError, errors.InputError),
    "missing shares": (errors.MissingDataError,),
    "missing session": (errors.MissingDataError,),
    "missing tax": (errors.MissingDataError,),
    "unannounced gap": (errors.InputError, errors.MissingDataError),  # a listed defect (D3)
    "not representable": (errors.NotRepresentableError,),
    "bad basket": (errors.InputError,),
    "bad reference": (errors.PaascheError,),
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "securities": {
        "security": pl.String,
        "name": pl.String,
        "exchange": pl.String,
        "currency": pl.String,
        "country": pl.String,
    },
    "prices": {
        "date": pl.Date,
        "security": pl.String,
        "close": pl.Float64,
        "reference": pl.Float64,
        "volume": pl.Int64,
    },
    "shares": {
        "security": pl.String,
        "effective": pl.Date,
        "total": pl.Int64,
        "free_float": pl.Int64,
        "announced": pl.Date,
        "basis": pl.Date,
    },
    "corporate_actions": {
        "security": pl.String,
        "ex_date": pl.Date,
        "kind": pl.String,
        "id": pl.String,
        "cash": pl.Float64,
        "ratio": pl.Float64,
        "price": pl.Float64,
        "currency": pl.String,
        "cancelled": pl.Date,
        "related": pl.String,
    },
    "constituents": {
        "effective": pl.Date,
        "security": pl.String,
        "kind": pl.String,
        "weight": pl.Float64,
        "replaces": pl.String,
    },
    "fx": {"date": pl.Date, "pair": pl.String, "rate": pl.Float64},
    "status": {
        "security": pl.String,
        "status": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        "reason": pl.String,
    },
}


def tables(case: Case) -> dict[str, pl.DataFrame]:
    """Return the market folder of a case as frames (D3); an empty optional table is absent."""
    rows: dict[str, Iterable[object]] = {
        "securities": case.securities,
        "prices": case.prices,
        "shares": case.shares,
        "corporate_actions": case.actions,
        "constituents": case.constituents,
        "fx": case.fx,
        "status": case.status,
    }
    frames = {name: _frame(name, table) for name, table in rows.items() if table}
    days = [(exchange, day) for exchange, found in case.sessions.items() for day in found]
    frames["calendar"] = pl.DataFrame(
        days, schema={"exchange": pl.String, "date": pl.Date}, orient="row"
    )
    return frames


def _frame(name: str, rows: Iterable[object]) -> pl.DataFrame:
    schema = SCHEMAS[name]
    numbers = {column for column, kind in schema.items() if kind == pl.Float64}
    return pl.DataFrame(
        {
            column: [
                float(value) if column in numbers and value is not None else value
                for value in (getattr(row, column) for row in rows)
            ]
            for column in schema
        },
        schema=schema,
    )


def settings(method: Method) -> dict[str, Any]:
    """Return the methodology of a case as the mapping of a TOML file (D4)."""
    weighting: dict[str, Any] = {"scheme": method.scheme}
    if method.single_cap is not None:
        weighting["single_cap"] = float(method.single_cap)
    if method.top_five_cap is not None:
        weighting["top_five_cap"] = float(method.top_five_cap)
        weighting["top_test"] = method.top_test
        weighting["infeasible"] = method.infeasible
    if method.capped or method.scheme == "equal":
        weighting["lag"] = method.lag
    if method.capped or method.scheme in {"equal", "given"}:
        weighting["inherit"] = method.inherit
    if method.scheme == "free_float":
        weighting["free_float_bands"] = _bands(method)
    mapping: dict[str, Any] = {
        "schema_version": 1,
        "index": {
            "code": INDEX,
            "name": "a drawn case",
            "currency": method.currency,
            "currencies": list(method.currencies),
            "base_date": method.base_date,
            "base_level": float(method.base_level),
            "calendar": method.calendar,
            "variants": list(method.variants),
        },
        "universe": {"constituents": "table"},
        "weighting": weighting,
        "prices": {"missing": method.missing},
        "fx": {"max_stale_sessions": method.max_stale_sessions},
    }
    if method.holds_shares:
        mapping["shares"] = {"rules": "ces-2023"}
    if "net_total_return" in method.variants:
        mapping["net_total_return"] = {"withholding_tax": _taxes(method)}
    return mapping


def _bands(method: Method) -> str | list[dict[str, Any]]:
    if len(method.bands) == 1:
        return method.bands[0][1]
    return [{"from": start, "table": table} for start, table in method.bands]


def _taxes(method: Method) -> list[dict[str, Any]]:
    return [
        {
            "country": tax.country,
            "exchange": tax.exchange,
            "kind": tax.kind,
            "rate": float(tax.rate),
            "from": tax.start,
        }
        for tax in method.taxes
    ]


def run(
    case: Case, *, frames: Mapping[str, pl.DataFrame] | None = None, threads: int | None = None
) -> Any:
    """Calculate a case with the package; its warnings are not what is tested here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        market = paasche.Market.from_frames(tables(case) if frames is None else frames)
        methodology = Methodology.from_dict(settings(case.method))
        return paasche.calculate(methodology, market, end=case.end, threads=threads)


@dataclass
class Comparison:
    """What was compared; `ties` counts levels too near a rounding tie for four decimals."""

    refused: str | None = None
    levels: int = 0
    ties: int = 0
    events: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def explain(self, case: Case) -> str:
        shown = "\n".join(f"  {line}" for line in self.differences[:8])
        return f"{len(self.differences)} differences\n{shown}\nin {case.note or case.method}"


def compare(case: Case) -> Comparison:
    """Calculate a case twice and list the differences."""
    try:
        expected = calculate(case)
    except Refusal as refusal:
        return _compare_refusal(case, refusal)
    try:
        result = run(case)
    except errors.PaascheError as e:
        return Comparison(differences=[f"refused ({type(e).__name__}), the oracle did not: {e}"])
    return _compare_results(case, expected, result.levels)


def _compare_refusal(case: Case, refusal: Refusal) -> Comparison:
    comparison = Comparison(refused=refusal.kind)
    try:
        run(case)
    except ERRORS[refusal.kind]:
        pass
    except errors.PaascheError as e:
        comparison.differences.append(f"{refusal}: refused as {type(e).__name__}: {e}")
    else:
        comparison.differences.append(f"{refusal}: was not refused")
    return comparison


def _compare_results(case: Case, expected: OracleResult, levels: pl.DataFrame) -> Comparison:
    comparison = Comparison(events=Counter(expected.events))
    for (variant, currency), exact_levels in expected.levels.items():
        rows = levels.filter(
            (pl.col("variant") == variant)
            & (pl.col("currency") == currency)
            & (pl.col("hedge") == "none")
        ).sort("date")
        if rows["date"].to_list() != expected.sessions:
            comparison.differences.append(
                f"{variant} {currency}: sessions {_odd(rows['date'].to_list(), expected.sessions)}"
            )
            continue
        for row, level in zip(rows.iter_rows(named=True), exact_levels, strict=True):
            _compare_level(comparison, row, level)
    _compare_sums(comparison, case, expected, levels)
    return comparison


def _odd(found: list[date], expected: list[date]) -> str:
    extra, missing = set(found) - set(expected), set(expected) - set(found)
    return f"extra {sorted(map(str, extra))}, missing {sorted(map(str, missing))}"


def _compare_level(comparison: Comparison, row: dict[str, Any], level: Fraction) -> None:
    comparison.levels += 1
    place = f"{row['variant']} {row['currency']} {row['date']}"
    unrounded = row["level_unrounded"]
    if abs(Fraction(unrounded) - level) > LEVELS * level:
        comparison.differences.append(f"{place}: {unrounded!r} for {float(level)!r}")
    if distance_to_tie(level) < NEAR_TIE:
        comparison.ties += 1
    elif row["level"] != float(published(level)):
        comparison.differences.append(f"{place}: published {row['level']!r}, {published(level)}")


def _compare_sums(
    comparison: Comparison, case: Case, expected: OracleResult, levels: pl.DataFrame
) -> None:
    """Values and divisors of the price index, opening values of the total return index."""
    columns = {
        "price": {"value": expected.values, "divisor": expected.divisors},
        "total_return": {"opening_value": expected.openings},
    }
    for variant in set(columns) & set(case.method.variants):
        rows = levels.filter(
            (pl.col("variant") == variant) & (pl.col("currency") == case.method.currency)
        ).sort("date")
        if rows.height != len(expected.sessions):
            continue
        for column, sums in columns[variant].items():
            for day, found, exact in zip(rows["date"], rows[column], sums, strict=True):
                if exact is None:  # the base date has no opening value
                    continue
                if found is None or abs(Fraction(found) - exact) > SUMS * exact:
                    comparison.differences.append(
                        f"{variant} {column} {day}: {found!r} for {float(exact)!r}"
                    )
