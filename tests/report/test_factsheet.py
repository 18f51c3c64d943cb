"""The page says what the tables of the run say, and nothing in it needs anything else."""

from __future__ import annotations

import itertools
import math
import re
import statistics
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.report import factsheet, write_factsheet
from report.pages import grouped, number, read, rows

VARIANTS = {
    "price": "Price",
    "total_return": "Total return",
    "net_total_return": "Net total return",
}


@pytest.fixture(scope="module", name="page")
def _page(text):
    return read(text)


def levels_of(result):
    """{(currency, variant): {date: level}}, straight from the table."""
    found = {}
    for row in result.levels.sort("date").to_dicts():
        key = row["currency"], VARIANTS[row["variant"]]
        found.setdefault(key, {})[row["date"]] = row["level_unrounded"]
    return found


def before(levels, day):
    return levels[max(one for one in levels if one <= day)]


def as_printed(cells, decimals=2):
    """Expected fractions, rounded as the page prints them."""
    return [None if one is None else pytest.approx(one, abs=10**-decimals / 180) for one in cells]


def test_the_returns_are_those_of_the_levels(result, page):
    printed = grouped(page, "Returns to 2024-12-31")
    assert len(printed) == 6
    for key, levels in levels_of(result).items():
        last = levels[date(2024, 12, 31)]
        spans = [
            last / before(levels, day) - 1
            for day in (
                date(2024, 11, 30),
                date(2024, 9, 30),
                date(2024, 6, 30),
                date(2023, 12, 31),
                date(2023, 12, 31),
            )
        ]
        three = (last / before(levels, date(2021, 12, 31))) ** (1 / 3) - 1
        five = (last / before(levels, date(2019, 12, 31))) ** (1 / 5) - 1
        days = (date(2024, 12, 31) - date(2015, 1, 5)).days
        base = [last / 1000 - 1, (last / 1000) ** (365.25 / days) - 1]
        expected = as_printed([*spans, three, five, *base])
        assert [number(cell) for cell in printed[key]] == expected


def test_the_years_are_those_of_the_levels(result, page):
    printed = rows(page, "The last year runs to 2024-12-31")
    assert [row[0] for row in printed] == [*map(str, range(2024, 2015, -1)), "2015*"]
    every = levels_of(result)
    for first, _, *cells in printed:
        year = int(first.removesuffix("*"))
        expected = []
        for levels in every.values():
            days = [day for day in levels if day.year == year]
            start = max((day for day in levels if day.year < year), default=min(levels))
            expected.append(levels[max(days)] / levels[start] - 1)
        assert sorted(map(number, cells)) == as_printed(sorted(expected))


def test_the_risk_figures_are_those_of_the_levels(result, page):
    printed = grouped(page, "Volatility and maximum drawdown")
    for key, levels in levels_of(result).items():
        days = list(levels)
        expected = []
        for start in (date(2023, 12, 31), date(2021, 12, 31), date(2019, 12, 31), days[0]):
            span = [levels[day] for day in days if day >= max(d for d in days if d <= start)]
            returns = [b / a - 1 for a, b in itertools.pairwise(span)]
            expected.append(statistics.stdev(returns) * math.sqrt(252))
        *volatilities, depth, peak, trough, recovered = printed[key]
        assert [number(cell) for cell in volatilities] == as_printed(expected)
        high, deepest = 0.0, (0.0, days[0])
        for day, level in levels.items():
            high = max(high, level)
            deepest = min(deepest, (level / high - 1, day))
        assert number(depth) == as_printed(deepest[:1])[0]
        assert trough == str(deepest[1])
        top = levels[date.fromisoformat(peak)]
        assert top == max(level for day, level in levels.items() if day <= deepest[1])
        again = [day for day, level in levels.items() if day > deepest[1] and level >= top]
        assert recovered == (str(again[0]) if again else "not yet")


def test_the_constituents_are_those_of_the_last_close(result, page):
    rates = {name: rate for name, (rate, _) in result.state.rates.items()}
    known = {row["security"]: row for row in result.securities.to_dicts()}
    values = {
        one["security"]: one["close"] * one["units"] * rates[known[one["security"]]["currency"]]
        for one in result.state.members
    }
    whole = sum(values.values())
    largest = sorted(values, key=lambda name: -values[name])[:10]
    printed = rows(page, "The 10 largest of")
    assert [row[1] for row in printed] == largest
    for name, security, sector, currency, weight in printed:
        one = known[security]
        assert (name, sector, currency) == (one["name"], one["industry"], one["currency"])
        assert number(weight) == as_printed([values[security] / whole])[0]
    for caption in ("By sector", "By quote currency", "By exchange"):
        parts = rows(page, caption)
        assert sum(int(row[1]) for row in parts) == len(values)
        assert sum(number(row[2]) for row in parts) == pytest.approx(1, abs=0.0006)
    sectors = {row[0]: number(row[2]) for row in rows(page, "By sector")}
    for sector, weight in sectors.items():
        mine = sum(value for name, value in values.items() if known[name]["industry"] == sector)
        assert weight == as_printed([mine / whole])[0]


def test_the_divisor_changes_are_those_of_the_table(result, page):
    every = rows(page, "The last 10 of") + rows(page, "Earlier divisor changes")
    table = result.divisors.reverse().to_dicts()
    assert [row[0] for row in every] == [str(one["session"]) for one in table]
    for (_, change, reason, _), one in zip(every, table, strict=True):
        assert number(change) == as_printed([one["after"] / one["before"] - 1], 4)[0]
        assert reason == one["reason"]


def test_the_page_names_what_it_rests_on(result, page):
    assumed = rows(page, "Numbers of the methodology")
    assert [row[0] for row in assumed] == [one.path for one in result.methodology.assumptions]
    said = page.text
    assert result.methodology.fingerprint[:16] in said
    for digits in result.market_fingerprints().values():
        assert digits[:16] in said
    assert f"paasche {px.__version__}" in said


def test_warnings_of_the_run_stand_on_the_page(result):
    defect = px.errors.Defect(place="prices", column="close", value="<b>", expected="a price")
    page = read(factsheet(replace(result, warnings=(defect,))))
    (listed,) = [one for one in page.all("ul") if one.attributes.get("lang") == "en"]
    assert listed.text == "prices close = <b>: a price"


def test_a_read_run_gives_the_same_bytes_as_a_fresh_one(result, text, tmp_path):
    for form in ("parquet", "csv"):
        run = result.write(tmp_path / form, form)
        assert factsheet(px.Result.read(run)) == text


def test_the_page_stays_small(text):
    # The charts hardly grow with a history: they keep four points of a pixel column at most.
    assert len(text.encode()) < 400_000


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_needs_nothing_beside_itself(result, lang):
    text = factsheet(result, lang)
    page = read(text)
    assert not list(page.all("script", "link", "iframe", "object", "embed", "img"))
    for element in page.all():
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            if name in {"href", "src", "xlink:href"}:
                assert value.startswith("#")
    assert not re.search(r"https?:|url\(|@import", text)


def test_the_page_is_told_apart_by_ear(page):
    headings = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4")]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(headings))
    assert [one.tag for one in page.all("header", "main", "footer")] == ["header", "main", "footer"]
    ids = [one.attributes["id"] for one in page.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for one in page.all():
        for name in ("aria-labelledby", "href"):
            named = one.attributes.get(name, "").replace("#", "").split()
            assert set(named) <= set(ids)
    drawings = list(page.all("svg"))
    assert len(drawings) == 6
    for drawing in drawings:
        assert drawing.attributes["role"] == "img"
        assert drawing.one("title").text
        assert drawing.one("desc").text
    for table in page.all("table"):
        assert table.one("caption").text
        for head in table.all("th"):
            assert head.attributes["scope"] in {"col", "colgroup", "row", "rowgroup"}


def test_every_chart_has_its_figures_as_a_table(result, page):
    printed = rows(page, "Levels on the first session and at month-ends, CNY")
    levels = levels_of(result)["CNY", "Price"]
    assert len(printed) == 121
    for day, price, *_ in printed:
        assert number(price) == pytest.approx(levels[date.fromisoformat(day)], abs=0.0051)
    falls = {day: number(fall) for day, fall in rows(page, "Drawdown on the first session")}
    for day, fall in falls.items():
        until = [level for one, level in levels.items() if str(one) <= day]
        assert fall == as_printed([until[-1] / max(until) - 1])[0]


def test_rows_are_as_wide_as_their_headings(page):
    for table in page.all("table"):
        widths = set()
        for row in table.one("thead").all("tr"):
            cells = list(row.all("th"))
            widths.add(sum(int(one.attributes.get("colspan", 1)) for one in cells))
        for body in table.all("tbody"):
            for row in body.all("tr"):
                cells = list(row.all("th", "td"))
                assert sum(int(one.attributes.get("colspan", 1)) for one in cells) == max(widths)


def test_chinese_labels_leave_the_figures_alone(result, page):
    chinese = read(factsheet(result, "zh"))
    assert chinese.one("html").attributes["lang"] == "zh-Hans"
    assert [one.text for one in chinese.all("h2")][2:4] == ["收益表现", "年度收益"]
    figures = [one.text for one in page.all("td") if re.fullmatch(r"[+−]?[\d,.]+%", one.text)]
    same = [one.text for one in chinese.all("td") if re.fullmatch(r"[+−]?[\d,.]+%", one.text)]
    assert figures == same


def named(result, name):
    """The result with another name of the index, and of every constituent."""
    index = result.methodology.index.model_copy(update={"name": name})
    return replace(
        result,
        methodology=result.methodology.model_copy(update={"index": index}),
        securities=result.securities.with_columns(name=pl.lit(name), industry=pl.lit(name)),
    )


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "中证港股通 & “沪深” <300>", "a\"b'c</title>"]
)
def test_names_are_text_never_markup(result, name):
    page = read(factsheet(named(result, name)))
    assert not list(page.all("script"))
    assert page.one("h1").text == name
    assert {row[0] for row in rows(page, "The 10 largest of")} == {name}


def test_an_unknown_sector_is_called_so(result):
    without = replace(
        result,
        securities=result.securities.with_columns(industry=pl.lit(None, pl.String)),
    )
    assert [row[0] for row in rows(read(factsheet(without)), "By sector")] == ["Not classified"]


@pytest.mark.parametrize(
    "options",
    [
        {"end": "2015-01-05"},
        {"end": "2015-01-07"},
        {"start": "2024-12-31"},
        {"start": "2024-12-16", "end": "2024-12-27"},
    ],
    ids=str,
)
def test_short_runs_have_dashes_where_nothing_can_be_said(calculate, options):
    short = calculate(**options)
    page = read(factsheet(short))
    last = short.levels["date"].max()
    for (currency, variant), cells in grouped(page, f"Returns to {last}").items():
        assert [number(cell) for cell in cells[:7]] == [None] * 7
        level = levels_of(short)[currency, variant][last]
        assert number(cells[7]) == as_printed([level / 1000 - 1])[0]
    volatilities = [row[:4] for row in grouped(page, "Volatility").values()]
    assert volatilities == [["–"] * 4] * 6


def test_a_cut_run_still_knows_its_return_since_base(result, calculate, page):
    cut = read(factsheet(calculate(start="2022-03-01")))
    whole, part = (grouped(one, "Returns to 2024-12-31") for one in (page, cut))
    for key, cells in whole.items():
        # Three and five years ago lie before the cut.
        assert part[key] == [*cells[:5], "–", "–", *cells[7:]]
    assert rows(cut, "The last year runs")[-1][0] == "2022*"


def test_a_result_without_a_session_has_no_page(calculate):
    with pytest.raises(px.MissingDataError, match="levels of SAMPLE100 = no rows: must hold"):
        factsheet(calculate(start="2024-12-28", end="2024-12-29"))


def test_an_unknown_language_is_refused(result):
    with pytest.raises(px.InputError, match=r'lang = "fr": must be one of en, zh'):
        factsheet(result, "fr")


def test_only_an_earlier_page_is_replaced(result, text, tmp_path):
    page = tmp_path / "sheets" / "one.html"
    write_factsheet(result, page, "zh")
    assert write_factsheet(result, page) == page
    assert page.read_text(encoding="utf-8") == text
    other = tmp_path / "mine.html"
    other.write_text("mine")
    for place in (other, tmp_path):
        with pytest.raises(
            px.InputError, match="must be new, or an earlier factsheet by paasche; give another"
        ):
            write_factsheet(result, place)
    assert other.read_text() == "mine"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["mine.html", "one.html", "sheets"]


def test_a_place_that_cannot_be_written_is_named(result, tmp_path):
    (tmp_path / "file").write_text("mine")
    page = tmp_path / "file" / "one.html"
    with pytest.raises(px.InputError, match=r"one\.html: must be a place that can be written \("):
        write_factsheet(result, page)


def test_a_page_is_written_whole_or_not_at_all(result, tmp_path, monkeypatch):
    page = tmp_path / "one.html"
    write_factsheet(result, page)
    first = page.read_bytes()

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(page), "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        write_factsheet(result, page, "zh")
    assert page.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == ["one.html"]
