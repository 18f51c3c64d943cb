"""Indices that are calculated together have, bit for bit, what each has by itself."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import paasche as px
from calculation import small_markets as small
from calculation.many import many_indices as many
from paasche.calculation.many import facts, part

FIRST = small.MONDAY
DAYS = [FIRST + timedelta(days=at) for at in range(61)]
SESSIONS = [day for day in DAYS if day.weekday() < 5]
BASE = SESSIONS[22]
NAMES = [f"60000{at}.SH" for at in range(5)] + [f"0070{at}.HK" for at in range(3)]
EXCHANGES = ["XSHG"] * 5 + ["XHKG"] * 3
CURRENCIES = ["CNY"] * 4 + ["USD"] + ["HKD"] * 3


def assert_as_alone(rules, market, part_size=128, **options):
    """Compare everything that `calculate_many` gives with `calculate`, index by index."""
    found = px.calculate_many(rules, market, part_size=part_size, **options)
    lean = px.calculate_many(rules, market, part_size=part_size, tables=("levels",), **options)
    assert lean.levels.equals(found.levels)
    assert lean.warnings == found.warnings
    assert {code: str(e) for code, e in lean.failures.items()} == {
        code: str(e) for code, e in found.failures.items()
    }
    for one in rules:
        code = one.index.code
        if code in found.failures:
            with pytest.raises(type(found.failures[code])) as error:
                px.calculate(one, market, **options)
            assert str(found.failures[code]) == str(error.value)
            continue
        alone = px.calculate(one, market, **options)
        assert found.warnings.get(code, ()) == alone.warnings
        for name, table in many.tables(found).items():
            own = table.filter(index=code)
            own = own.drop("index") if name == "securities" else own
            wanted = getattr(alone, name)
            assert own.columns[0] == wanted.columns[0]
            assert own.equals(wanted.select(own.columns)), (code, name)


@pytest.fixture
def apart(monkeypatch):
    """Return a list of the codes that were calculated by themselves."""
    codes, calculate = [], part.calculate

    def noted(methodology, *given, **options):
        codes.append(methodology.index.code)
        return calculate(methodology, *given, **options)

    monkeypatch.setattr(part, "calculate", noted)
    return codes


def drawn(number):
    """Draw a market of eight names, two exchanges and three currencies, and its indices."""
    seed = np.random.default_rng(number)
    calendar = _calendar(seed)
    gone = {name: DAYS[seed.integers(20, len(DAYS))] for name in some(seed, NAMES, 0, 3)}
    gone = gone if seed.integers(3) else {}
    tables = {
        "securities": pl.DataFrame(
            {
                "security": NAMES,
                "name": NAMES,
                "exchange": EXCHANGES,
                "currency": CURRENCIES,
                "country": ["CN"] * len(NAMES),
            }
        ),
        "prices": _prices(seed, calendar),
        "shares": _shares(seed),
        "corporate_actions": _actions(seed, gone),
        "calendar": calendar,
        "fx": _fx(seed),
    }
    codes = [f"I{at}" for at in range(int(seed.integers(1, 7)))]
    baskets = [_baskets(seed, code, gone) for code in codes]
    if seed.integers(12) == 0:
        everyone = pl.DataFrame({"security": NAMES[:3]}).with_columns(
            effective=pl.lit(SESSIONS[30]), index=pl.lit(None, pl.String)
        )
        baskets.append(everyone.select("index", "effective", "security"))
    tables["constituents"] = pl.concat(baskets, how="diagonal")
    if int(seed.integers(0, 4)) == 0:
        tables["status"] = pl.DataFrame(
            {
                "security": [NAMES[0]],
                "start": [SESSIONS[30]],
                "end": [SESSIONS[31]],
                "status": ["suspended"],
            }
        )
    return tables, [_rules(seed, code) for code in codes]


def pick(seed, *options):
    return options[seed.integers(len(options))]


def some(seed, options, least, most):
    count = min(int(seed.integers(least, most + 1)), len(options))
    return [options[at] for at in seed.choice(len(options), count, replace=False)]


def _prices(seed, calendar):
    close = (10 * np.exp(np.cumsum(seed.normal(0, 0.03, (len(SESSIONS), len(NAMES))), 0))).round(2)
    rows = pl.DataFrame(
        {
            "date": [day for day in SESSIONS for _ in NAMES],
            "security": NAMES * len(SESSIONS),
            "close": close.ravel(),
        }
    )
    share = pick(seed, 0.0, 0.0, 0.02, 0.4)
    kept = seed.random(len(rows)) >= share
    if seed.integers(2):
        late = pick(seed, NAMES[1], NAMES[6])
        until = pick(seed, SESSIONS[4], SESSIONS[25], SESSIONS[-1])
        kept &= (rows["security"] != late).to_numpy() | (rows["date"] > until).to_numpy()
    if seed.integers(2):
        # Long suspended: the last price lies before the days that others look at.
        gone = (rows["security"] == NAMES[2]) & rows["date"].is_between(SESSIONS[2], SESSIONS[28])
        kept &= ~gone.to_numpy()
    if seed.integers(2):
        traded = pl.Series("volume", (seed.random(len(rows)) > 0.1).astype(np.int64) * 100)
        rows = rows.with_columns(traded)
    exchange = pl.col("security").replace_strict(dict(zip(NAMES, EXCHANGES, strict=True)))
    return (
        rows.filter(pl.Series(kept))
        .with_columns(exchange=exchange)
        .join(calendar, on=["exchange", "date"], how="semi")
        .drop("exchange")
    )


def _shares(seed):
    count = int(seed.integers(0, 9))
    later = pl.DataFrame(
        {
            "security": seed.choice(NAMES, count).tolist(),
            "effective": [SESSIONS[at] for at in seed.integers(1, len(SESSIONS) - 3, count)],
        },
        schema={"security": pl.String, "effective": pl.Date},
    ).unique(maintain_order=True)
    first = pl.DataFrame({"security": NAMES, "effective": [SESSIONS[0]] * len(NAMES)})
    rows = pl.concat([first, later]).unique(["security", "effective"], maintain_order=True)
    if int(seed.integers(0, 6)) == 0:
        rows = rows.filter(pl.col("security") != NAMES[3])
    total = pl.Series("total", seed.integers(500_000, 2_000_000, len(rows)))
    return rows.with_columns(total, free_float=(total * 0.6).cast(pl.Int64))


def _actions(seed, gone):
    count = int(seed.integers(0, 11))
    kinds = ["cash_dividend", "bonus", "rights", "split"]
    rows = [{"security": name, "ex_date": day, "kind": "delisting"} for name, day in gone.items()]
    for kind in seed.choice(kinds, count).tolist():
        at = int(seed.integers(0, len(DAYS)))
        rows.append(
            {
                "security": str(seed.choice(NAMES)),
                "ex_date": DAYS[at],
                "kind": kind,
                "cash": 0.2 if kind == "cash_dividend" else None,
                "currency": str(seed.choice(["CNY", "USD"])) if kind == "cash_dividend" else None,
                "ratio": {"bonus": 0.2, "rights": 0.3, "split": 2.0}.get(kind),
                "price": 5.0 if kind == "rights" else None,
            }
        )
    schema = {
        "security": pl.String,
        "ex_date": pl.Date,
        "kind": pl.String,
        "cash": pl.Float64,
        "currency": pl.String,
        "ratio": pl.Float64,
        "price": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema).unique(
        ["security", "ex_date", "kind"], maintain_order=True
    )


def _calendar(seed):
    closed = set(seed.integers(23, len(SESSIONS) - 1, pick(seed, 0, 0, 1, 2)).tolist())
    shanghai = [day for at, day in enumerate(SESSIONS) if at not in closed]
    return pl.DataFrame(
        {
            "exchange": ["XSHG"] * len(shanghai) + ["XHKG"] * len(SESSIONS),
            "date": [*shanghai, *SESSIONS],
        }
    )


def _fx(seed):
    pairs = ["HKDCNY", "USDCNY"]
    rows = pl.DataFrame(
        {
            "date": [day for day in SESSIONS for _ in pairs],
            "pair": pairs * len(SESSIONS),
            "rate": (1 + seed.random(len(SESSIONS) * 2) / 100).round(6),
        }
    )
    begin = pick(seed, *[SESSIONS[0]] * 6, SESSIONS[9], SESSIONS[26])
    kept = (rows["date"] >= begin).to_numpy()
    return rows.filter(pl.Series(kept & (seed.random(len(rows)) > pick(seed, 0, 0, 0.3))))


def _baskets(seed, code, gone):
    days = [pick(seed, SESSIONS[15], *[BASE] * 9, SESSIONS[23])]
    days += sorted(some(seed, SESSIONS[24:], 0, 3))
    pool = pick(seed, NAMES[:5], NAMES, NAMES[5:])
    rows, held = [], set()
    for at, day in enumerate(days):
        interim = at > 0 and int(seed.integers(0, 3)) == 0
        names = set(some(seed, pool, 1, 5))
        if interim:
            leaves, joins = some(seed, sorted(held), 0, 2), sorted(set(pool) - held)
            names = (held - set(leaves)) | set(joins[: len(leaves)])
            names = names or held or {pool[0]}
        here = {name for name in names if name not in gone or gone[name] > day}
        names = here if seed.integers(9) else names
        names = names or held or {pool[0]}
        leavers, weight = sorted(held - names), 1 / len(names)
        for name in sorted(names):
            joins = interim and name not in held
            rows.append(
                {
                    "index": code,
                    "effective": day,
                    "security": name,
                    "kind": "interim" if interim else None,
                    "replaces": leavers.pop() if joins and leavers else None,
                    "weight": weight,
                }
            )
        held = names
    schema = {
        "index": pl.String,
        "effective": pl.Date,
        "security": pl.String,
        "kind": pl.String,
        "replaces": pl.String,
        "weight": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema)


def _rules(seed, code):
    scheme = pick(seed, "free_float", "total", "equal", "given", "price")
    weighting = {"scheme": scheme, "free_float_bands": None}
    if scheme == "free_float":
        weighting["free_float_bands"] = "ces-2023"
    if scheme in ("free_float", "total") and seed.integers(2):
        weighting |= {"single_cap": 0.6, "lag": int(seed.integers(1, 7))}
    index = {
        "currency": "CNY",
        "base_date": pick(seed, *[BASE] * 15, DAYS[33]),
        "currencies": pick(seed, ["CNY"], ["CNY", "USD"]),
        "calendar": pick(seed, "union", "union", "intersection", "XSHG"),
    }
    if index["base_date"] == BASE and seed.integers(5) == 0:
        level = {"date": SESSIONS[24], "level": 1234.5, "total_return": 2000.0}
        index |= {"anchor": level}
    prices = {"missing": pick(seed, "warn", "error")}
    fx = {"max_stale_sessions": pick(seed, 2, 20)}
    return many.index(code, index=index, weighting=weighting, prices=prices, fx=fx)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_the_market_each_index_is_as_alone(number):
    tables, rules = drawn(number)
    assert_as_alone(rules, px.Market.from_frames(tables), part_size=4)


def held(code, *days_and_names):
    """Return the baskets of an index."""
    return pl.DataFrame(
        [
            {"index": code, "effective": day, "security": name}
            for day, names in days_and_names
            for name in names
        ]
    )


def together(**others):
    """Return three indices of two names and a market of them."""
    codes = ["A", "B", "C"]
    rows = [held(code, (small.SESSIONS[0], small.NAMES)) for code in codes]
    return many.indices(codes), many.market(constituents=pl.concat(rows), **others)


def test_simple_indices_go_together(apart):
    rules, market = together()
    px.calculate_many(rules, market)
    assert apart == []


def test_names_that_leave_at_their_close_go_together(apart):
    rules, market = together(corporate_actions=gone("delisting"))
    found = px.calculate_many(rules, market)
    assert apart == []
    left = found.events.filter(event="left").select("index", "session", "security", "rule")
    assert left.rows() == [
        (code, small.SESSIONS[4], small.NAMES[0], "R28") for code in found.indices
    ]
    assert_as_alone(rules, market)


def test_an_index_that_everyone_leaves_fails_as_alone():
    ends = [(name, small.SESSIONS[4], "delisting", {}) for name in small.NAMES]
    rules, market = together(corporate_actions=small.actions(*ends))
    assert list(px.calculate_many(rules, market).failures) == ["A", "B", "C"]
    assert_as_alone(rules, market)


def gone(kind, **fields):
    return small.actions((small.NAMES[0], small.SESSIONS[4], kind, fields))


@pytest.mark.parametrize(
    "others",
    [
        {"corporate_actions": gone("bankruptcy", price=1.0)},
        {
            "decisions": pl.DataFrame(
                {
                    "date": [small.SESSIONS[3]],
                    "security": [small.NAMES[0]],
                    "decision": ["price"],
                    "value": [9.0],
                    "who": ["committee"],
                    "why": ["a test"],
                }
            )
        },
    ],
    ids=["bankruptcy", "decision"],
)
def test_what_arrays_do_not_show_goes_by_itself(apart, others):
    rules, market = together(**others)
    px.calculate_many(rules, market)
    assert apart == ["A", "B", "C"]
    assert_as_alone(rules, market)


def test_a_decision_on_one_index_sets_that_one_apart(apart):
    decisions = pl.DataFrame(
        {
            "date": [small.SESSIONS[3]],
            "index": ["B"],
            "security": [small.NAMES[0]],
            "decision": ["price"],
            "value": [9.0],
            "who": ["committee"],
            "why": ["a test"],
        }
    )
    rules, market = together(decisions=decisions)
    px.calculate_many(rules, market)
    assert apart == ["B"]
    assert_as_alone(rules, market)


def test_one_index_at_fault_leaves_the_others_together(apart):
    # The name has no rate for its dividend: what all share cannot be laid out with it.
    names = [*small.NAMES, "600003.SH"]
    tables = small.tables()
    wide = {
        "securities": pl.DataFrame(
            {"security": names, "name": names, "exchange": "XSHG", "currency": "CNY"}
        ),
        "prices": pl.concat(
            [
                tables["prices"],
                pl.DataFrame(
                    {"date": small.SESSIONS, "security": names[2], "close": 5.0},
                ).select("date", "security", "close"),
            ]
        ),
        "shares": pl.DataFrame(
            {
                "security": names,
                "effective": small.SESSIONS[0],
                "total": 1_000_000,
                "free_float": 1_000_000,
            }
        ),
        "corporate_actions": pl.DataFrame(
            {
                "security": [names[2]],
                "ex_date": [small.SESSIONS[3]],
                "kind": ["cash_dividend"],
                "cash": [0.1],
                "currency": ["USD"],
            }
        ),
        "constituents": pl.concat(
            [
                *(held(code, (small.SESSIONS[0], names[:2])) for code in "ABCD"),
                held("E", (small.SESSIONS[0], names)),
            ]
        ),
    }
    rules, market = many.indices(list("ABCDE")), many.market(**wide)
    found = px.calculate_many(rules, market)
    assert list(found.failures) == ["E"]
    assert apart == ["E"]
    assert_as_alone(rules, market)


@pytest.mark.parametrize("days", [(2, 5), (0, 8), (4, 4)])
def test_a_span_is_cut_out_alike(days):
    rules, market = together()
    start, end = (small.SESSIONS[at] for at in days)
    assert_as_alone(rules, market, start=start, end=end)


@pytest.mark.filterwarnings("ignore::paasche.errors.AssumptionWarning")
def test_the_sample_market_gives_the_same_together():
    market = px.Market.from_frames(px.sample_market(securities=120, end="2016-03-31"))
    rules = [px.Methodology.load(name) for name in ("sample-cross-border", "ah-cross-border")]
    assert_as_alone(rules, market)


def test_parts_of_one_market_share_one_panel(monkeypatch):
    calls = []
    share = facts.share

    def counted(*given):
        calls.append(given)
        return share(*given)

    monkeypatch.setattr(facts, "share", counted)
    rules, market = together()
    px.calculate_many(rules, market, part_size=1)
    assert len(calls) == 1
