"""The reference pages say what the code knows: tables, columns, keys, words, defaults, numbers."""

import json
import re
from pathlib import Path

import pytest

import paasche as px
from paasche.market.columns import Kind, Need
from paasche.market.tables import KNOWN_AT, TABLES
from paasche.market.vocabulary import ACTION_KINDS, EXCHANGES
from paasche.methodology import Methodology, bundled, json_schema
from paasche.methodology.tables import (
    band_tables,
    review_rules,
    share_rules,
    withholding_tables,
)

DOCS = Path(__file__).parents[1] / "docs"
MARKET, METHODOLOGY = (
    (DOCS / name).read_text(encoding="utf-8") for name in ("market-folder.md", "methodology.md")
)


def section(page, heading):
    """Return the text below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page, re.DOTALL | re.MULTILINE)
    assert found, f"no heading {heading}"
    return found[1]


def rows(text, *columns):
    """Return the rows of the first Markdown table that begins with these columns, as dicts."""
    lines = text.splitlines()
    at = next(
        (i for i, line in enumerate(lines) if line.startswith(f"| {' | '.join(columns)} |")), None
    )
    assert at is not None, f"no table {columns}"
    names = cells(lines[at])
    found = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        assert len(cells(line)) == len(names), line
        found.append(dict(zip(names, cells(line), strict=True)))
    return found


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def words(cell):
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


# The market folder

TYPES = {
    Kind.SECURITY: "code",
    Kind.TEXT: "text",
    Kind.DATE: "date",
    Kind.NUMBER: "number",
    Kind.COUNT: "count",
    Kind.TIME: "timestamp",
}
NEEDED = {Need.ALWAYS: "yes", Need.COLUMN: "column", Need.OPTIONAL: "no"}


def documented(table):
    return rows(section(MARKET, f"`{table}`"), "column", "type", "needed")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_columns_with_type_and_need(name):
    written = {words(row["column"])[0]: (row["type"], row["needed"]) for row in documented(name)}
    known = {
        column.name: (TYPES[column.kind], NEEDED[column.need])
        for column in TABLES[name].columns
        if column is not KNOWN_AT
    }
    assert written == known


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_key(name):
    found = re.match(r"\s*Key: ([^.]*)\.", section(MARKET, f"`{name}`"))
    assert tuple(words(found[1]) if found else ()) == TABLES[name].key


@pytest.mark.parametrize("name", TABLES)
def test_a_closed_list_of_words_is_given_in_full(name):
    meanings = {words(row["column"])[0]: words(row["meaning"]) for row in documented(name)}
    text = section(MARKET, f"`{name}`")
    for column in TABLES[name].columns:
        given = set(meanings.get(column.name, ()))
        if re.search(rf"^\| {column.name} \|", text, re.MULTILINE):
            given = {words(row[column.name])[0] for row in rows(text, column.name)}
            assert given == set(column.words), column.name
        assert set(column.words) <= given, column.name


def test_the_page_names_no_table_that_is_not_there():
    text = section(MARKET, "Tables")
    named = [name for row in rows(text, "table", "holds") for name in words(row["table"])]
    assert sorted(named) == sorted(TABLES)
    headings = re.findall(r"^### `([a-z_]+)`$", MARKET, re.MULTILINE)
    assert sorted(headings) == sorted(TABLES)


def test_every_exchange_has_its_code_form():
    written = {
        words(row["MIC"])[0]: (row["venue"], row["digits"])
        for row in rows(section(MARKET, "Security codes"), "exchange", "MIC")
    }
    assert written == {
        mic: (exchange.venue, str(exchange.digits)) for mic, exchange in EXCHANGES.items()
    }


def test_every_written_code_means_what_the_page_says():
    for row in rows(section(MARKET, "Security codes"), "written", "means"):
        for code in words(row["written"]):
            means = (words(row["means"]) or [code])[0]
            hong_kong = means.endswith(".HK")
            securities = {
                "security": [means],
                "name": ["one"],
                "exchange": ["XHKG" if hong_kong else "XSHG"],
                "currency": ["HKD" if hong_kong else "CNY"],
            }
            prices = {"date": ["2016-06-07"], "security": [code], "close": [1.0]}
            market = px.Market.from_frames({"securities": securities, "prices": prices})
            assert market["prices"]["security"].to_list() == [means]


KINDS = {words(row["kind"])[0]: row for row in rows(section(MARKET, "Corporate actions"), "kind")}
FIELDS = {"cash": 0.5, "ratio": 0.5, "price": 12.0, "related": "000001.SZ"}


SECURITIES = {
    "security": ["600519.SH", "000001.SZ"],
    "name": ["one", "two"],
    "exchange": ["XSHG", "XSHE"],
    "currency": ["CNY", "CNY"],
}
INDEX = {
    "code": "ONE",
    "name": "one",
    "currency": "CNY",
    "base_date": "2016-07-01",
    "base_level": 1000.0,
}


def methodology(scheme, **keys):
    bands = {"free_float_bands": "ces-2023"} if scheme == "free_float" else {}
    return Methodology.from_dict(
        {
            "schema_version": 1,
            "index": INDEX,
            "universe": {"constituents": "table"},
            "weighting": {"scheme": scheme, **bands, **keys},
        }
    )


def accepted(kind, fields):
    row = {"security": ["600519.SH"], "ex_date": ["2016-07-01"], "kind": [kind]}
    row |= {name: [FIELDS[name]] for name in fields}
    try:
        px.Market.from_frames({"securities": SECURITIES, "corporate_actions": row})
    except px.InputError:
        return False
    return True


def test_every_kind_of_corporate_action_is_there():
    assert sorted(KINDS) == sorted(ACTION_KINDS)


@pytest.mark.parametrize("kind", ACTION_KINDS)
def test_a_corporate_action_needs_and_may_have_the_fields_of_its_row(kind):
    needs, may = (
        {name for name in words(KINDS[kind][column]) if name in FIELDS}
        for column in ("needs", "may have")
    )
    assert accepted(kind, needs | may)
    assert all(not accepted(kind, needs - {name}) for name in needs)
    assert all(not accepted(kind, {*needs, name}) for name in FIELDS.keys() - needs - may)


# A name at 10, then 11, beside one that stays at 10; a share gives half a child worth 2.
SAID = {
    "held beside its parent": 1000 * (11 + 1 + 10) / 20,
    "the first session without the": 1000.0,
    "as `delisting`": 1000.0,
    "nothing by itself": 1000 * (11 + 10) / 20,
}


@pytest.mark.parametrize("kind", ["spin_off", "merger", "delisting", "bankruptcy", "tender"])
def test_what_happens_to_a_constituent_is_what_the_page_says(kind):
    (level,) = (SAID[words] for words in SAID if words in KINDS[kind]["what it does"])
    names = ["600519.SH", "600000.SH"]
    market = px.Market.from_frames(
        {
            "securities": {
                "security": [*names, "000001.SZ"],
                "name": ["one", "two", "child"],
                "exchange": ["XSHG", "XSHG", "XSHE"],
                "currency": ["CNY"] * 3,
            },
            "prices": {
                "date": ["2016-07-01", "2016-07-01", "2016-07-04", "2016-07-04"],
                "security": names * 2,
                "close": [10.0, 10.0, 11.0, 10.0],
            },
            "constituents": {"effective": ["2016-07-01"] * 2, "security": names},
            "corporate_actions": {
                "security": ["600519.SH"],
                "ex_date": ["2016-07-04"],
                "kind": [kind],
                **{name: [FIELDS[name]] for name in words(KINDS[kind]["needs"])},
                **({"cash": [0.5]} if kind in {"merger", "tender"} else {}),
                **({"price": [2.0]} if kind == "spin_off" else {}),
            },
        }
    )
    found = px.calculate(methodology("price"), market).levels["level"].to_list()
    assert found == pytest.approx([1000.0, level])


def test_the_csv_blocks_have_columns_of_their_tables():
    found = re.findall(r"^```csv (?:\w+/)?(\w+)\.csv\n(.*?)\n", MARKET, re.MULTILINE)
    assert len(found) > 4
    for name, header in found:
        assert set(header.split(",")) <= set(TABLES[name].schema), name


def test_a_free_text_reason_and_an_end_that_is_included():
    market = px.Market.from_frames(
        {
            "securities": SECURITIES,
            "prices": {"date": ["2016-07-01"], "security": ["600519.SH"], "close": [1.0]},
            "status": {
                "security": ["600519.SH"],
                "status": ["suspended"],
                "start": ["2016-07-04"],
                "end": ["2016-07-05"],
                "reason": ["talks about a merger"],
            },
        }
    )
    days = px.Calendars().sessions("XSHG", "2016-07-01", "2016-07-06")
    gaps = market.price_gaps(["600519.SH"], days[0].item(), days[-1].item())
    assert gaps["date"].to_list() == [days[-1].item()]


# The methodology

SCHEMA = json_schema()
TABLE_OF = {
    "Index": "`[index]`",
    "Anchor": "`[index] anchor`",
    "Universe": "`[universe]`",
    "ListingAge": "`[universe] listing_age`",
    "Screen": "`[universe] screens`",
    "Selection": "`[selection]`",
    "RankBy": "`[selection] rank_by`",
    "Group": "`[selection] groups`",
    "Quota": "`[selection] quotas`",
    "Review": "`[review]`",
    "Interim": "`[interim]`",
    "FastEntry": "`[interim] fast_entry`",
    "Weighting": "`[weighting]`",
    "Shares": "`[shares]`",
    "Prices": "`[prices]`",
    "Fx": "`[fx]`",
    "NetTotalReturn": "`[net_total_return]`",
    "WithholdingRate": "`[net_total_return]`",
    "Change": "`[[change]]`",
    "DatedBands": "Entry of a dated list",
    "DatedRules": "Entry of a dated list",
}
"""Under which heading the keys of a part of the schema stand."""


def key_rows(part):
    text = section(METHODOLOGY, "Sections" if part is None else TABLE_OF[part])
    if part == "WithholdingRate":
        _, _, text = text.partition("A rate of the list:")
    return {words(row["key"])[0]: row for row in rows(text, "key", "type", "default")}


LASTING = {"Universe": {"constituents"}, "Weighting": {"scheme"}}
"""Keys that no change can change."""

IN_PART = [name for name in SCHEMA["$defs"] if name.removesuffix("Change") in TABLE_OF]
PARTS = [None, *(name for name in SCHEMA["$defs"] if name not in IN_PART or name in TABLE_OF)]


def of_schema(part):
    return SCHEMA if part is None else SCHEMA["$defs"][part]


@pytest.mark.parametrize("part", [name for name in IN_PART if name not in TABLE_OF])
def test_a_change_has_the_keys_of_its_section(part):
    whole = part.removesuffix("Change")
    keys = set(of_schema(whole)["properties"]) - LASTING.get(whole, set())
    assert set(of_schema(part)["properties"]) == keys
    assert "required" not in of_schema(part)


@pytest.mark.parametrize("part", PARTS)
def test_every_key_is_on_the_page_and_no_other(part):
    assert sorted(key_rows(part)) == sorted(of_schema(part)["properties"])


@pytest.mark.parametrize("part", PARTS)
def test_a_key_is_required_or_has_the_default_of_the_schema(part):
    for key, row in key_rows(part).items():
        known = of_schema(part)["properties"][key]
        assert (row["default"] == "required") == (key in of_schema(part).get("required", ())), key
        if "default" in known:
            assert words(row["default"]) == [json.dumps(known["default"])], key


def word_lists():
    """Return the words of each list of the page, by its name in the singular and the plural."""
    lists = {}
    for row in rows(section(METHODOLOGY, "Word lists"), "list", "words"):
        plural = row["list"] + ("es" if row["list"].endswith("s") else "s")
        lists[row["list"]] = lists[plural] = {word.strip('"') for word in words(row["words"])}
    return lists


LISTS = word_lists()


@pytest.mark.parametrize("part", PARTS)
def test_every_allowed_word_of_a_key_is_given(part):
    for key, row in key_rows(part).items():
        text = json.dumps(of_schema(part)["properties"][key])
        allowed = {
            word
            for listed in re.findall(r'"enum": \[(.*?)\]', text)
            for word in re.findall(r'"(\w+)"', listed)
        }
        given = {word.strip('"') for word in words(row["type"])}
        for listed in re.findall(r"\[([\w ]+)\]\(#word-lists\)", row["type"]):
            given |= LISTS[listed]
        assert allowed <= given, key


@pytest.mark.parametrize("part", PARTS)
def test_the_dagger_marks_the_numbers_that_may_be_assumed(part):
    for key, row in key_rows(part).items():
        may = '"assumed"' in json.dumps(of_schema(part)["properties"][key])
        assert ("†" in row["type"]) == may, key


def test_an_assumed_number_has_the_keys_of_the_page():
    known = of_schema("Index")["properties"]["base_level"]["anyOf"][1]["properties"]
    text = section(METHODOLOGY, "Assumed number")
    assert sorted(words(row["key"])[0] for row in rows(text, "key")) == sorted(known)


SCHEMES = {
    words(row["scheme"])[0]: row
    for row in rows(section(METHODOLOGY, "Schemes side by side"), "scheme")
}


def test_every_scheme_is_compared():
    assert sorted(SCHEMES) == sorted(of_schema("Weighting")["properties"]["scheme"]["enum"])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_does_what_its_row_says(scheme):
    row, plain = SCHEMES[scheme], methodology(scheme).weighting
    assert row["table `shares`"] == ("yes" if plain.uses_shares else "no")
    assert ("divisor" in row["bonus, rights, split"]) == (not plain.scales)
    assert row["share change ≥ 5 %"].startswith("counts") == plain.uses_shares
    lags = [str(plain.lag or "–")]
    try:
        capped = methodology(scheme, single_cap=0.1).weighting
    except px.InputError:
        assert row["caps"] == "no"
    else:
        assert row["caps"] == "yes"
        lags = [f"{capped.lag} with a cap, else {lags[0]}"]
    assert [row["`lag`"]] == lags


def test_the_band_tables_are_those_of_the_rule_tables():
    written = rows(section(METHODOLOGY, "Free-float bands"), "band table")
    assert [words(row["band table"])[0] for row in written] == list(band_tables())
    for row in written:
        table = band_tables()[words(row["band table"])[0]]
        assert row["first band"].startswith(f"≤ {table.first_upper} %")
        assert ("exact" in row["first band"]) == (table.first == "exact")
        percents = [int(number) for number in re.findall(r"\d+", row["above it"])]
        assert percents == list(table.percents) == list(table.uppers)


def test_the_share_rules_are_those_of_the_rule_table():
    ((name, rules),) = share_rules().items()
    written = rows(section(METHODOLOGY, "Share rules"), "share rules", "number", "value")
    assert words(written[0]["share rules"]) == [name]
    for row in written:
        (number,) = words(row["number"])
        assert f"{getattr(rules, number)}" == f"{type(getattr(rules, number))(row['value'])}"
    numbers = {words(row["number"])[0] for row in written}
    assert numbers == set(rules.__dataclass_fields__) - {"name", "valid_from", "source"}


def test_the_review_rules_are_those_of_the_rule_table():
    ((name, rules),) = review_rules().items()
    written = rows(section(METHODOLOGY, "Review rules"), "review rules", "number", "value")
    assert words(written[0]["review rules"]) == [name]
    values = {words(row["number"])[0]: row["value"] for row in written}
    deadlines = values.pop("report_deadlines")
    for number, value in values.items():
        assert getattr(rules, number) == type(getattr(rules, number))(value)
    assert {*values, "report_deadlines"} == set(rules.__dataclass_fields__) - {
        "name",
        "valid_from",
        "source",
    }
    months = {4: "April", 8: "August"}
    said = [
        f"{one['period']}: {one['day']} {months[one['month']]}"
        + (", a year later" if one["years"] else "")
        for one in rules.report_deadlines
    ]
    assert deadlines == "; ".join(said)


def test_the_withholding_rates_are_those_of_the_rule_table():
    ((name, table),) = withholding_tables().items()
    text = section(METHODOLOGY, "Net total return")
    written = [
        (row["country"], row["exchange"], row["from"], float(row[f"rate in `{name}`"]))
        for row in rows(text, "country", "exchange")
    ]
    assert written == [
        (", ".join(one.country), ", ".join(one.exchange), str(one.valid_from), one.rate)
        for one in table.entries
    ]


def test_the_bundled_methodologies_are_listed():
    text = section(METHODOLOGY, "Bundled methodologies")
    assert [words(row["name"])[0] for row in rows(text, "name", "index")] == bundled()


@pytest.mark.parametrize("page", ["market-folder.md", "methodology.md"])
def test_links_of_the_page_lead_to_their_heading(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([\w.-]*)(?:#([\w-]+))?\)", text)
    assert links
    for file, anchor in links:
        headings = anchors((DOCS / (file or page)).read_text(encoding="utf-8"))
        assert not anchor or anchor in headings, f"{file}#{anchor}"


def anchors(text):
    """Return the anchors of a page's headings as GitHub makes them; none comes twice."""
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", plain, re.MULTILINE)
    found = {re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in headings}
    assert len(found) == len(headings)
    return found
