"""What a methodology says about tables it does not know and rules across keys."""

from __future__ import annotations

import pytest

CAPS = "single_cap = 0.10\ntop_five_cap = 0.40\nlag = 5\n"
SCHEME = f'scheme = "free_float"\nfree_float_bands = "ces-2023"\n{CAPS}'
NET = '["price", "net_total_return"]\n[net_total_return]\nwithholding_tax = '
RATE = 'country = "HK", exchange = "XHKG", kind = "cash_dividend"'


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        # Rule tables.
        (
            '"ces-2023"',
            '"ces-2024"',
            (
                'weighting.free_float_bands = "ces-2024": must be a free-float band table; '
                "the nearest is ces-2023"
            ),
        ),
        (
            '"ces-2023"',
            '"none"',
            (
                'weighting.free_float_bands = "none": must be a free-float band table; there '
                "are ces-2023, csi-2010"
            ),
        ),
        (
            '"ces-2023"',
            "5",
            (
                "weighting.free_float_bands = 5: must be the name of a rule table or a list of "
                "{ from = date, table = name }"
            ),
        ),
        (
            '"ces-2023"',
            '[{ from = 2004-12-31, table = "csi-2011" }]',
            (
                'weighting.free_float_bands[0].table = "csi-2011": must be a free-float band '
                "table; the nearest is csi-2010"
            ),
        ),
        (
            '"ces-2023"',
            '[{ since = 2004-12-31, from = 2004-12-31, table = "csi-2010" }]',
            (
                "weighting.free_float_bands[0].since: must be a known key (from, table); write the "
                "one that is meant, or remove it"
            ),
        ),
        (
            "[universe]",
            '[shares]\nrules = "csi"\n[universe]',
            'shares.rules = "csi": must be a table of share rules; there are ces-2023',
        ),
        # Rules across keys.
        (
            '["CNY", "HKD"]',
            '["HKD"]',
            'index.currencies = ["HKD"]: must contain the index currency; add "CNY"',
        ),
        (
            '["CNY", "HKD"]',
            '["CNY", "CNY"]',
            'index.currencies = ["CNY", "CNY"]: must not name anything twice; remove one',
        ),
        (
            '"total_return"]',
            '"price"]',
            ('index.variants = ["price", "price"]: must not name anything twice; remove one'),
        ),
        (
            "[universe]",
            "anchor = { date = 2004-12-30, level = 2000, total_return = 1 }\n[universe]",
            "index.anchor.date = 2004-12-30: must be on or after the base date 2004-12-31",
        ),
        (
            "[universe]",
            "anchor = { date = 2004-12-31, level = 2001, total_return = 1 }\n[universe]",
            "index.anchor.level = 2001.0: must be the base level 2000.0 on the base date",
        ),
        (
            "[universe]",
            "anchor = { date = 2010-12-31, level = 2001 }\n[universe]",
            (
                "index.anchor.total_return: must be given to continue the variant "
                '"total_return", its level that day'
            ),
        ),
        (
            '"total_return"]',
            (
                '"net_total_return"]\nanchor = { date = 2010-12-31, level = 2, '
                "net_total_return = 2, total_return = 2 }\n[net_total_return]\n"
                'withholding_tax = "non-resident-enterprise"'
            ),
            (
                "index.anchor.total_return = 2.0: must be left out, or come with the variant "
                '"total_return"'
            ),
        ),
        (
            "0.40",
            "0.05",
            (
                "weighting.top_five_cap = 0.05: must be at least single_cap = 0.1; raise it, "
                "or lower that"
            ),
        ),
        (
            'free_float_bands = "ces-2023"\n',
            "",
            (
                'weighting.free_float_bands: must be given with scheme = "free_float"; write '
                'free_float_bands = "ces-2023"'
            ),
        ),
        (
            '"free_float"',
            '"total"',
            (
                'weighting.free_float_bands = "ces-2023": must be left out, or come with '
                'scheme = "free_float"'
            ),
        ),
        (
            SCHEME,
            'scheme = "equal"\nsingle_cap = 0.1',
            (
                "weighting.single_cap = 0.1: must be left out, or come with scheme = "
                '"free_float" or "total"'
            ),
        ),
        (
            SCHEME,
            'scheme = "given"\ntop_five_cap = 0.1',
            (
                "weighting.top_five_cap = 0.1: must be left out, or come with scheme = "
                '"free_float" or "total"'
            ),
        ),
        *(
            (
                SCHEME,
                f'scheme = "{scheme}"\nlag = 5',
                'weighting.lag = 5: must be left out, or come with a cap or scheme = "equal"',
            )
            for scheme in ("given", "price", "total")
        ),
        (
            SCHEME,
            'scheme = "price"\ninherit = "deletion_price"',
            (
                'weighting.inherit = "deletion_price": must be left out, or come with a cap '
                'or scheme = "equal" or "given"'
            ),
        ),
        (
            "top_five_cap = 0.40",
            'top_test = "initial"',
            'weighting.top_test = "initial": must be left out, or come with top_five_cap',
        ),
        (
            "top_five_cap = 0.40",
            'infeasible = "lift_fifth"',
            ('weighting.infeasible = "lift_fifth": must be left out, or come with top_five_cap'),
        ),
        (
            CAPS,
            'infeasible = "error"',
            (
                'weighting.infeasible = "error": must be left out, or come with single_cap '
                "or top_five_cap"
            ),
        ),
        (
            '"ces-2023"',
            (
                '[{ from = 2000-01-01, table = "csi-2010" }, '
                '{ from = 2000-01-01, table = "ces-2023" }]'
            ),
            (
                "weighting.free_float_bands[1].from = 2000-01-01: must be later than "
                "2000-01-01, the entry before; put them in order"
            ),
        ),
        (
            '"ces-2023"',
            '[{ from = 2005-01-01, table = "csi-2010" }]',
            (
                "weighting.free_float_bands[0].from = 2005-01-01: must be on or before the "
                "base date 2004-12-31; add the table used before"
            ),
        ),
        (
            "[universe]",
            '[shares]\nrules = [{ from = 2005-01-01, table = "ces-2023" }]\n[universe]',
            (
                "shares.rules[0].from = 2005-01-01: must be on or before the base date "
                "2004-12-31; add the table used before"
            ),
        ),
        # Net total return.
        (
            '"total_return"]',
            '"net_total_return"]',
            (
                'net_total_return: must be given with the variant "net_total_return"; write '
                "withholding_tax in [net_total_return]"
            ),
        ),
        (
            "[universe]",
            '[net_total_return]\nwithholding_tax = "non-resident-enterprise"\n[universe]',
            ('net_total_return: must be left out, or come with the variant "net_total_return"'),
        ),
        (
            '["price", "total_return"]',
            '["price", "net_total_return"]\n[net_total_return]\n',
            (
                "net_total_return.withholding_tax: must be given; add withholding_tax = … "
                "(withholding tax table by name, or a list of rates)"
            ),
        ),
        (
            '["price", "total_return"]',
            f'{NET}"resident-enterprise"',
            (
                'net_total_return.withholding_tax = "resident-enterprise": must be a '
                "withholding tax table; the nearest is non-resident-enterprise"
            ),
        ),
        (
            '["price", "total_return"]',
            f"{NET}[{{ {RATE}, rate = 10, from = 2010-01-01 }}]",
            (
                "net_total_return.withholding_tax[0].rate = 10: must be at most 1; it is a "
                "fraction: 10 percent is 0.1"
            ),
        ),
        (
            '["price", "total_return"]',
            f"{NET}[{{ {RATE}, rate = 0.1 }}]",
            (
                "net_total_return.withholding_tax[0].from: must be given; add from = … "
                "(first ex-date of the rate)"
            ),
        ),
        (
            '["price", "total_return"]',
            (
                f"{NET}[{{ {RATE}, rate = 0.1, from = 2010-01-01 }}, "
                f"{{ {RATE}, rate = 0.2, from = 2010-01-01 }}]"
            ),
            (
                "net_total_return.withholding_tax[1]: must differ from the entries before; "
                "remove one, or correct its from"
            ),
        ),
    ],
)
def test_a_broken_rule_makes_one_complaint(broken, old, new, complaint):
    assert broken((old, new)) == [complaint]


def test_several_rules_across_keys_are_told_together(broken):
    assert broken(
        (
            SCHEME,
            'scheme = "price"\nsingle_cap = 0.1\ninherit = "deletion_price"\ntop_test = "initial"',
        ),
        ('["CNY", "HKD"]', '["HKD", "HKD"]'),
    ) == [
        ('index.currencies = ["HKD", "HKD"]: must contain the index currency; add "CNY"'),
        'index.currencies = ["HKD", "HKD"]: must not name anything twice; remove one',
        (
            "weighting.single_cap = 0.1: must be left out, or come with scheme = "
            '"free_float" or "total"'
        ),
        'weighting.top_test = "initial": must be left out, or come with top_five_cap',
    ]
