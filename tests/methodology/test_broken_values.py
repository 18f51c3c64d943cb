"""What a methodology says about broken keys and values: one line for each defect."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        # Keys.
        (
            "single_cap",
            "singel_cap",
            "weighting.singel_cap: must be a known key; the nearest is single_cap",
        ),
        (
            "[universe]",
            "single_cap = 0.1\n[universe]",
            "index.single_cap: must stand in another section; move it to [weighting]",
        ),
        (
            "[universe]",
            "colour = 1\n[universe]",
            (
                "index.colour: must be a known key (code, name, currency, base_date, "
                "base_level, currencies, calendar, variants, anchor); write the one that "
                "is meant, or remove it"
            ),
        ),
        (
            "[universe]",
            "[wheighting]\n[universe]",
            "wheighting: must be a known key; the nearest is weighting",
        ),
        (
            'code = "CES120"\n',
            "",
            ("index.code: must be given; add code = … (code of the index, as outputs show it)"),
        ),
        (
            'constituents = "table"',
            "",
            (
                'universe.exchanges: must be given, such as ["XSHG", "XSHE"], or '
                'constituents = "table"'
            ),
        ),
        (
            "schema_version = 1\n",
            "",
            (
                "schema_version: must be given; add schema_version = 1 above the first section "
                "(version of the layout of this file)"
            ),
        ),
        # Values.
        ("schema_version = 1", "schema_version = 2", "schema_version = 2: must be 1"),
        (
            '"CES120"',
            '"CES 120"',
            (
                'index.code = "CES 120": must be text without spaces (code of the index, as '
                "outputs show it)"
            ),
        ),
        ('"CES China 120"', '" "', 'index.name = " ": must not be empty (name of the index)'),
        (
            'currency = "CNY"',
            'currency = "cny"',
            (
                'index.currency = "cny": must be a currency code of three capitals, such as '
                'CNY; write "CNY"'
            ),
        ),
        (
            '"HKD"]',
            "5]",
            "index.currencies[1] = 5: must be text",
        ),
        (
            "2004-12-31",
            '"31/12/2004"',
            (
                'index.base_date = "31/12/2004": must be a date, such as 2015-01-05; write '
                "the year first"
            ),
        ),
        (
            "2004-12-31",
            "2004-12-31T00:00:00",
            (
                "index.base_date = 2004-12-31 00:00:00: must be a date, such as 2015-01-05; "
                "write 2004-12-31"
            ),
        ),
        (
            "2000.0",
            "0",
            ("index.base_level = 0: must be greater than 0 (level on the base date, points)"),
        ),
        (
            "2000.0",
            "nan",
            ("index.base_level = nan: must be a finite number (level on the base date, points)"),
        ),
        (
            "2000.0",
            '"2000"',
            'index.base_level = "2000": must be a number; write 2000 without quotes',
        ),
        (
            "2000.0",
            "true",
            "index.base_level = true: must be a number (level on the base date, points)",
        ),
        (
            "2000.0",
            "{ value = 2000, asumed = 'notice' }",
            (
                'index.base_level = { value = 2000, asumed = "notice" }: must be a number, or '
                '{ value = number, assumed = "reason" }'
            ),
        ),
        (
            "2000.0",
            "{ value = 2000, assumed = ' ' }",
            (
                'index.base_level = { value = 2000, assumed = " " }: must be a number, or '
                '{ value = number, assumed = "reason" }'
            ),
        ),
        (
            "2000.0",
            "{ value = -1, assumed = 'notice' }",
            ("index.base_level = -1: must be greater than 0 (level on the base date, points)"),
        ),
        (
            '"CES120"',
            "{ value = 'CES120', assumed = 'notice' }",
            (
                'index.code = { value = "CES120", assumed = "notice" }: must be text (code '
                "of the index, as outputs show it)"
            ),
        ),
        (
            "base_level",
            'calendar = "onion"\nbase_level',
            (
                'index.calendar = "onion": must be "union", "intersection" or a market '
                'identifier code (MIC), such as "XSHG"; write "ONION"'
            ),
        ),
        (
            '"total_return"',
            '"totalreturn"',
            (
                'index.variants[1] = "totalreturn": must be "price", "total_return" or '
                '"net_total_return"; the nearest is "total_return"'
            ),
        ),
        (
            '["price", "total_return"]',
            "[]",
            "index.variants = []: must not be empty (variants to calculate)",
        ),
        (
            '["price", "total_return"]',
            '"price"',
            'index.variants = "price": must be a list; write ["price"]',
        ),
        (
            '"table"',
            '"tables"',
            'universe.constituents = "tables": must be "table"; the nearest is "table"',
        ),
        (
            '"free_float"',
            '"freefloat"',
            (
                'weighting.scheme = "freefloat": must be "free_float", "total", "equal", '
                '"price" or "given"; the nearest is "free_float"'
            ),
        ),
        (
            "0.10",
            "10",
            ("weighting.single_cap = 10: must be at most 1; it is a fraction: 10 percent is 0.1"),
        ),
        (
            "lag = 5",
            "lag = 0",
            (
                "weighting.lag = 0: must be at least 1 (weights use the close this many "
                "sessions before the effective session (1 = adjustment close))"
            ),
        ),
        ("lag = 5", "lag = 5.0", "weighting.lag = 5.0: must be a whole number; write 5"),
        (
            "[universe]",
            "[fx]\nmax_stale_sessions = -1\n[universe]",
            (
                "fx.max_stale_sessions = -1: must be at least 0 (sessions for which a "
                "missing rate keeps the last one)"
            ),
        ),
        (
            "[universe]",
            "[prices]\ntick = 0\n[universe]",
            (
                "prices.tick = 0: must be greater than 0 (tick of calculated reference "
                "prices, half up)"
            ),
        ),
        (
            "[universe]",
            "fx = 5\n[universe]",
            (
                "index.fx: must be a known key (code, name, currency, base_date, base_level, "
                "currencies, calendar, variants, anchor); write the one that is meant, or remove it"
            ),
        ),
        (
            "schema_version = 1",
            "schema_version = 1\nfx = 5",
            "fx = 5: must be a table of keys (what to do about exchange rates)",
        ),
    ],
)
def test_a_broken_key_or_value_makes_one_complaint(broken, old, new, complaint):
    assert broken((old, new)) == [complaint]
