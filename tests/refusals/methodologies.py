"""Methodologies that are not one."""

from __future__ import annotations

from refusals.breaking import Case, added, both, nothing, rules, written
from refusals.good_folder import CALCULATE, RULES


def called(methodology):
    return ("calculate", methodology, *CALCULATE[2:])


def changed(*lines):
    return added("rules.toml", "[[change]]", *lines)


BY_RULES = both(
    rules('constituents = "table"', 'exchanges = ["XSHG", "XSHE"]'),
    rules("[weighting]", "[selection]\ncount = 30\n\n[weighting]"),
)
SCREEN = '{ measure = "average_turnover", minimum = 1, exchanges = ["XHKG"] }'
FAST_ENTRY = ("rank = 10", "after_sessions = 10", 'exchanges = ["XHKG"]')


CASES = {
    "no such file": Case(
        breaks=nothing,
        command=called("rulez.toml"),
        names="methodology = rulez.toml",
        mend="the nearest is rules.toml",
    ),
    "no such file in a folder": Case(
        breaks=nothing,
        command=called("mine/rules.toml"),
        names="methodology = mine/rules.toml",
        mend="there is no folder mine",
    ),
    "unknown name": Case(
        breaks=nothing,
        command=called("sample-crossborder"),
        names="methodology = sample-crossborder",
        mend="the nearest is sample-cross-border",
    ),
    "name like nothing": Case(
        breaks=nothing,
        command=called("NIKKEI225"),
        names="methodology = NIKKEI225",
        mend="bundled: ah-cross-border, ces-120, ",
    ),
    "file named without its ending": Case(
        breaks=nothing,
        command=called("rules"),
        names="methodology = rules",
        mend="there is a file rules.toml: write that",
    ),
    "folder in the place of a file": Case(
        breaks=nothing,
        command=called("./market"),
        names="methodology = market",
        mend="name the .toml file in it",
    ),
    "empty file": Case(
        breaks=written("rules.toml", ""),
        names="rules.toml schema_version",
        mend="add schema_version = 1 above the first section",
    ),
    "text that is GBK": Case(
        breaks=written("rules.toml", RULES.replace("A small index", "小指数").encode("gbk")),
        names="rules.toml:5",
        mend="save the file as UTF-8 (it reads as GBK)",
    ),
    "text without quotes": Case(
        breaks=rules('"SMALL"', "SMALL"),
        names="rules.toml:4 = code = SMALL",
        mend='write text in "quotes", numbers and dates (2015-01-05) without',
    ),
    "key without a value": Case(
        breaks=rules("lag = 2", "lag ="),
        names="rules.toml:19 = lag =",
        mend="give the key a value, or remove it",
    ),
    "colon in the place of the equals sign": Case(
        breaks=rules("lag = 2", "lag: 2"), names="rules.toml:19 = lag: 2", mend="write key = value"
    ),
    "section that is not closed": Case(
        breaks=rules("[universe]", "[universe"),
        names="rules.toml:12 = [universe",
        mend="close the name of the section with ]",
    ),
    "list that is not closed": Case(
        breaks=rules('"total_return"]', '"total_return"'),
        names="rules.toml:12 = [universe]",
        mend="close the list on a line before",
    ),
    "quote that is not closed": Case(
        breaks=rules('"SMALL"', '"SMALL'),
        names='rules.toml:4 = code = "SMALL',
        mend="close the text with a quote",
    ),
    "key twice": Case(
        breaks=rules("lag = 2", "lag = 2\nlag = 3"),
        names="rules.toml:20 = lag = 3",
        mend="the key stands there twice: keep one of them",
    ),
    "section twice": Case(
        breaks=rules("[weighting]", "[index]"),
        names="rules.toml:15 = [index]",
        mend="the section stands there twice: keep one of them",
    ),
    "date that is not in the calendar": Case(
        breaks=rules("2016-06-06", "2016-06-31"),
        names="rules.toml:8 = base_date = 2016-06-31",
        mend="there is no such day: correct the date",
    ),
    "misspelt key": Case(
        breaks=rules("single_cap", "singel_cap"),
        names="rules.toml weighting.singel_cap",
        mend="the nearest is single_cap",
    ),
    "key of another section": Case(
        breaks=rules("base_level", "single_cap = 0.5\nbase_level"),
        names="rules.toml index.single_cap",
        mend="move it to [weighting]",
    ),
    "cap under another name": Case(
        breaks=rules("single_cap = 0.5", "cap = 0.5"),
        names="rules.toml weighting.cap",
        mend="the nearest is single_cap",
    ),
    "cap under a third name": Case(
        breaks=rules("single_cap = 0.5", "max_weight = 0.5"),
        names="rules.toml weighting.max_weight",
        mend="the nearest is single_cap",
    ),
    "version in a section": Case(
        breaks=both(
            rules("schema_version = 1\n", ""), rules("lag = 2", "lag = 2\nschema_version = 1")
        ),
        names="rules.toml weighting.schema_version",
        mend="move it above the first section",
    ),
    "no version": Case(
        breaks=rules("schema_version = 1\n", ""),
        names="rules.toml schema_version",
        mend="add schema_version = 1 above the first section",
    ),
    "scheme under another name": Case(
        breaks=rules('"free_float"', '"market cap"'),
        names='rules.toml weighting.scheme = "market cap"',
        mend='the nearest is "total"',
    ),
    "key like nothing": Case(
        breaks=rules("lag = 2", "lag = 2\ncolour = 1"),
        names="rules.toml weighting.colour",
        mend="remove it",
    ),
    "misspelt section": Case(
        breaks=rules("[weighting]", "[wheighting]"),
        names="rules.toml wheighting",
        mend="the nearest is weighting",
    ),
    "missing key": Case(
        breaks=rules('code = "SMALL"\n', ""), names="rules.toml index.code", mend="add code = …"
    ),
    "missing section": Case(
        breaks=rules('[universe]\nconstituents = "table"\n', ""),
        names="rules.toml universe",
        mend="add a section [universe]",
    ),
    "cap in percent": Case(
        breaks=rules("single_cap = 0.5", "single_cap = 5"),
        names="rules.toml weighting.single_cap = 5",
        mend="it is a fraction: 5 percent is 0.05",
    ),
    "cap as text": Case(
        breaks=rules("single_cap = 0.5", 'single_cap = "50%"'),
        names='rules.toml weighting.single_cap = "50%"',
        mend="it is a fraction: 50 percent is 0.5",
    ),
    "cap of zero": Case(
        breaks=rules("single_cap = 0.5", "single_cap = 0"),
        names="rules.toml weighting.single_cap = 0",
        mend="must be greater than 0",
    ),
    "lag that is not whole": Case(
        breaks=rules("lag = 2", "lag = 2.0"), names="rules.toml weighting.lag = 2.0", mend="write 2"
    ),
    "lag without a cap": Case(
        breaks=rules("single_cap = 0.5\n", ""),
        names="rules.toml weighting.lag = 2",
        mend="must be left out, or come with a cap",
    ),
    "date as text of another order": Case(
        breaks=rules("2016-06-06", '"06/06/2016"'),
        names='rules.toml index.base_date = "06/06/2016"',
        mend="write the year first",
    ),
    "base level of infinity": Case(
        breaks=rules("1000.0", "inf"),
        names="rules.toml index.base_level = inf",
        mend="must be a finite number",
    ),
    "unknown scheme": Case(
        breaks=rules('"free_float"', '"freefloat"'),
        names='rules.toml weighting.scheme = "freefloat"',
        mend='the nearest is "free_float"',
    ),
    "unknown variant": Case(
        breaks=rules('"total_return"', '"gross"'),
        names='rules.toml index.variants[1] = "gross"',
        mend='the nearest is "total_return"',
    ),
    "unknown band table": Case(
        breaks=rules('"ces-2023"', '"ces-2024"'),
        names='rules.toml weighting.free_float_bands = "ces-2024"',
        mend="the nearest is ces-2023",
    ),
    "currency in small letters": Case(
        breaks=rules('currency = "CNY"', 'currency = "cny"'),
        names='rules.toml index.currency = "cny"',
        mend='write "CNY"',
    ),
    "index currency not among the currencies": Case(
        breaks=rules('["CNY", "HKD"]', '["HKD"]'),
        names='rules.toml index.currencies = ["HKD"]',
        mend='add "CNY"',
    ),
    "top five below the single cap": Case(
        breaks=rules("single_cap = 0.5", "single_cap = 0.5\ntop_five_cap = 0.4"),
        names="rules.toml weighting.top_five_cap = 0.4",
        mend="raise it, or lower that",
    ),
    "rules beside a table": Case(
        breaks=rules("[weighting]", "[selection]\ncount = 2\n\n[weighting]"),
        names="rules.toml selection",
        mend="must be left out with [universe] constituents",
    ),
    "universe without a rule": Case(
        breaks=rules('constituents = "table"\n', ""),
        names="rules.toml universe.exchanges",
        mend='or constituents = "table"',
    ),
    "number of constituents under another name": Case(
        breaks=rules('constituents = "table"\n', 'exchanges = ["XSHG"]\n\n[selection]\nn = 2\n'),
        names="rules.toml selection.n",
        mend="the nearest is count",
    ),
    "cap that the number of constituents cannot meet": Case(
        breaks=both(BY_RULES, rules("single_cap = 0.5", "single_cap = 0.03")),
        names="rules.toml weighting.single_cap = 0.03",
        mend="must be at least 1 / 30 with 30 constituents: 0.0334 is enough",
    ),
    "screen of another exchange": Case(
        breaks=both(BY_RULES, rules('"XSHE"]', f'"XSHE"]\nscreens = [{SCREEN}]')),
        names='rules.toml universe.screens[0].exchanges = ["XHKG"]',
        mend="must be among the exchanges of the universe",
    ),
    "cut-off years before the review": Case(
        breaks=both(BY_RULES, added("rules.toml", "[review]", "cutoff_months = 24")),
        names="rules.toml review.cutoff_months = 24",
        mend="must be at most 12",
    ),
    "fast entry on another exchange": Case(
        breaks=both(BY_RULES, added("rules.toml", "[interim.fast_entry]", *FAST_ENTRY)),
        names='rules.toml interim.fast_entry.exchanges = ["XHKG"]',
        mend="must be among the exchanges of [universe]; default all of them",
    ),
    "change on the base date": Case(
        breaks=changed("valid_from = 2016-06-06", "weighting.lag = 3"),
        names="rules.toml change[0].valid_from = 2016-06-06",
        mend="must be later than the base date",
    ),
    "change without its day": Case(
        breaks=changed("from = 2016-06-07", "weighting.lag = 3"),
        names="rules.toml change[0].from",
        mend="the nearest is valid_from",
    ),
    "change of the scheme": Case(
        breaks=changed("valid_from = 2016-06-07", 'weighting.scheme = "total"'),
        names="rules.toml change[0].weighting.scheme",
        mend="must be left out of a change",
    ),
    "change that fits nothing before it": Case(
        breaks=changed("valid_from = 2016-06-07", "weighting.top_five_cap = 0.4"),
        names="rules.toml change[0].weighting.top_five_cap = 0.4",
        mend="raise it, or lower that",
    ),
    "source of no key": Case(
        breaks=added("rules.toml", "[sources]", '"weighting.cap" = "a notice"'),
        names='rules.toml sources."weighting.cap"',
        mend="must be the source of a key of the file",
    ),
    "source without quotes": Case(
        breaks=added("rules.toml", "[sources]", 'weighting.lag = "a notice"'),
        names="rules.toml sources.weighting",
        mend='write the whole key in quotes, "weighting.lag"',
    ),
    "net total return without its rates": Case(
        breaks=rules('"total_return"]', '"net_total_return"]'),
        names="rules.toml net_total_return",
        mend="write withholding_tax in [net_total_return]",
    ),
    "version of another time": Case(
        breaks=rules("schema_version = 1", "schema_version = 2"),
        names="rules.toml schema_version = 2",
        mend="must be 1",
    ),
}
