"""Good tables and good rules that do not go together."""

from __future__ import annotations

from refusals.breaking import Case, added, both, replaced, rules, without, written
from refusals.good_folder import CALCULATE


def constituents(old, new):
    return replaced("market/constituents.csv", old, new)


def acts(*lines):
    return added("market/corporate_actions.csv", *lines)


def status(*lines):
    return written("market/status.csv", "\n".join(("security,status,start,end", *lines, "")))


def kinds(*lines):
    return written(
        "market/constituents.csv",
        "\n".join(
            (
                "effective,security,kind,replaces",
                "2016-06-06,600519.SH,,",
                "2016-06-06,000001.SZ,,",
                *lines,
                "",
            )
        ),
    )


CASES = {
    "base date that is no session": Case(
        breaks=rules("2016-06-06", "2016-06-11"),
        names="base_date = 2016-06-11",
        mend="the nearest are 2016-06-10 and 2016-06-13",
    ),
    "base date before the first basket": Case(
        breaks=rules("2016-06-06", "2016-06-03"),
        names="constituents index = SMALL",
        mend="the first is effective 2016-06-06: begin there, or add",
    ),
    "base date after the last price": Case(
        breaks=rules("2016-06-06", "2016-07-04"), names="prices", mend="2016-07-04"
    ),
    "effective day that is no session": Case(
        breaks=constituents("2016-06-14", "2016-06-12"),
        names="constituents effective = 2016-06-12",
        mend="the nearest are 2016-06-10 and 2016-06-13",
    ),
    "constituents of another index": Case(
        breaks=both(
            constituents("effective,security", "index,effective,security"),
            constituents("2016-06-06", "CES120,2016-06-06"),
            constituents("2016-06-14", "CES300,2016-06-14"),
        ),
        names="constituents index = SMALL",
        mend="the table has CES120, CES300",
    ),
    "constituent twice": Case(
        breaks=both(
            constituents("effective,security", "index,effective,security"),
            constituents("2016-06-06", "SMALL,2016-06-06"),
            constituents("2016-06-14", "SMALL,2016-06-14"),
            added("market/constituents.csv", ",2016-06-14,600519.SH"),
        ),
        names="constituents security = 600519.SH",
        mend="remove one",
    ),
    "weights that do not sum to one": Case(
        breaks=both(
            written(
                "market/constituents.csv",
                "effective,security,weight\n2016-06-06,600519.SH,0.5\n2016-06-06,000001.SZ,0.49\n",
            ),
            rules(
                'scheme = "free_float"\nfree_float_bands = "ces-2023"\nsingle_cap = 0.5\nlag = 2',
                'scheme = "given"',
            ),
        ),
        names="constituents weight = 0.99 in sum, effective 2016-06-06",
        mend="correct the weights, fractions as 0.01 for one percent",
    ),
    "weight that is not given": Case(
        breaks=both(
            written(
                "market/constituents.csv",
                "effective,security,weight\n2016-06-06,600519.SH,1\n2016-06-06,000001.SZ,\n",
            ),
            rules(
                'scheme = "free_float"\nfree_float_bands = "ces-2023"\nsingle_cap = 0.5\nlag = 2',
                'scheme = "given"',
            ),
        ),
        names="constituents weight = null for 000001.SZ effective 2016-06-06",
        mend="add it, or take another scheme",
    ),
    "cap that is infeasible": Case(
        breaks=rules("single_cap = 0.5", "single_cap = 0.3"),
        names="single_cap = 0.3",
        mend="the smallest feasible cap is",
    ),
    "cap of the five largest that is infeasible": Case(
        breaks=rules("single_cap = 0.5", "single_cap = 0.35\ntop_five_cap = 0.4"),
        names="top_five_cap = 0.4",
        mend="the smallest feasible cap is",
    ),
    "lag before the calendar": Case(
        breaks=rules("lag = 2", "lag = 20000"),
        names="weighting.lag = 20000",
        mend="sessions are known from 1999-01-04 on",
    ),
    "constituent without shares": Case(
        breaks=without("market/shares.csv", "000001.SZ"),
        names="shares of 000001.SZ",
        mend="by 2016-06-06, the adjustment close, but it has none; add one",
    ),
    "constituent without shares by then": Case(
        breaks=replaced("market/shares.csv", "000001.SZ,2016-05-20", "000001.SZ,2016-06-15"),
        names="shares of 000001.SZ",
        mend="its first row counts from 2016-06-15; add one",
    ),
    "constituent without free float": Case(
        breaks=replaced("market/shares.csv", "5870000000", ""),
        names="shares free_float of 000001.SZ",
        mend="add it, or give the table holders",
    ),
    "constituent without any price": Case(
        breaks=lambda folder: [
            (folder / "market/prices.csv").write_text(
                "".join(
                    line
                    for line in (folder / "market/prices.csv").read_text().splitlines(True)
                    if "000001.SZ" not in line
                )
            ),
        ],
        names="prices of 000001.SZ",
        mend="add its prices, or take it out of constituents",
    ),
    "constituent without a price yet": Case(
        breaks=without("market/prices.csv", "2016-06-06,000001.SZ"),
        names="prices of 000001.SZ",
        mend="add one, or let the security join later",
    ),
    "gap that no suspension explains": Case(
        breaks=both(
            without("market/prices.csv", "2016-06-14,000001.SZ", "2016-06-15,000001.SZ"),
            status("600519.SH,suspended,2016-06-17,2016-06-20"),
        ),
        names="prices date = 2016-06-14 of 000001.SZ",
        mend="add it, or a row suspended to the table status",
    ),
    "currency without a pair": Case(
        breaks=replaced("market/fx.csv", "HKDCNY", "USDCNY"),
        names="fx HKDCNY on 2016-06-06",
        mend="has the pairs USDCNY: add HKDCNY",
    ),
    "pair through a third currency": Case(
        breaks=replaced("market/fx.csv", "HKDCNY", "USDHKD"),
        names="fx HKDCNY on 2016-06-06",
        mend="has the pairs USDHKD: add HKDCNY",
    ),
    "rates that begin too late": Case(
        breaks=without("market/fx.csv", "2016-06-06", "2016-06-07"),
        names="fx HKDCNY on 2016-06-06",
        mend="the first one is of 2016-06-08: add earlier ones",
    ),
    "rates with a gap that is too long": Case(
        breaks=both(
            without("market/fx.csv", "2016-06-13", "2016-06-14", "2016-06-15", "2016-06-16"),
            rules("[universe]", "[fx]\nmax_stale_sessions = 2\n[universe]"),
        ),
        names="fx HKDCNY on 2016-06-14",
        mend="3 sessions old, more than [fx] max_stale_sessions: add later ones",
    ),
    "version in a currency without a pair": Case(
        breaks=rules('["CNY", "HKD"]', '["CNY", "HKD", "USD"]'),
        names="fx USDCNY on 2016-06-06",
        mend="has the pairs HKDCNY: add USDCNY",
    ),
    "dividend in a currency without a pair": Case(
        breaks=both(
            replaced("market/corporate_actions.csv", "cash,ratio", "cash,ratio,currency"),
            replaced("market/corporate_actions.csv", "0.153,", "0.153,,USD"),
            replaced("market/corporate_actions.csv", ",0.2", ",0.2,"),
        ),
        names="corporate_actions currency = USD in the cash_dividend of 000001.SZ on 2016-06-16",
        mend="add it to the table fx",
    ),
    "dividend not below the close": Case(
        breaks=replaced("market/corporate_actions.csv", "0.153", "15.3"),
        names="cash = 15.3",
        mend="must be below the close, 10.37",
    ),
    "spin-off of a constituent": Case(
        breaks=both(
            replaced("market/corporate_actions.csv", "cash,ratio", "cash,ratio,related"),
            replaced("market/corporate_actions.csv", "0.153,", "0.153,,"),
            replaced("market/corporate_actions.csv", ",0.2", ",0.2,"),
            acts("600519.SH,2016-06-14,spin_off,,0.1,000001.SZ"),
        ),
        names="corporate_actions spin_off of 600519.SH on 2016-06-14",
        mend="write it as a cash_dividend of their value",
    ),
    "bankruptcy of a constituent": Case(
        breaks=acts("600519.SH,2016-06-14,bankruptcy,,"),
        names="constituents security = 600519.SH",
        mend="must be left out of the basket effective 2016-06-14, as its bankruptcy is on",
    ),
    "constituent that was delisted": Case(
        breaks=acts("600519.SH,2016-06-13,delisting,,"),
        names="constituents security = 600519.SH",
        mend="must be left out of the basket effective 2016-06-14",
    ),
    "index that loses its last name": Case(
        breaks=both(
            without("market/constituents.csv", "2016-06-14"),
            acts(
                "600519.SH,2016-06-14,delisting,,",
                "000001.SZ,2016-06-14,delisting,,",
                "00700.HK,2016-06-14,delisting,,",
            ),
        ),
        names="constituents index = SMALL",
        mend="add a basket, or end before that session",
    ),
    "joiner that replaces nobody": Case(
        breaks=kinds(
            "2016-06-14,600519.SH,interim,",
            "2016-06-14,00700.HK,interim,",
        ),
        names="constituents replaces = null for 00700.HK effective 2016-06-14",
        mend="must name the leaver whose closing weight is inherited",
    ),
    "joiner that replaces a stayer": Case(
        breaks=kinds(
            "2016-06-14,600519.SH,interim,",
            "2016-06-14,00700.HK,interim,600519.SH",
        ),
        names="constituents replaces = 600519.SH for 00700.HK effective 2016-06-14",
        mend="must be a constituent that leaves on that session",
    ),
    "listing in another currency": Case(
        breaks=written(
            "market/listings.csv",
            "security,exchange,board,currency,start,end\n600519.SH,XSHG,main,HKD,2001-08-27,\n",
        ),
        names="listings currency = HKD of 600519.SH",
        mend="an identifier of its own",
    ),
    "exchange whose sessions nobody knows": Case(
        breaks=both(
            written("market/calendar.csv", "exchange,date\nXSGE,2016-06-06\nXSGE,2016-06-16\n"),
            rules("base_level", 'calendar = "XTAE"\nbase_level'),
        ),
        names="exchange = XTAE",
        mend="give them in the table calendar",
    ),
    "net total return without the country": Case(
        breaks=both(
            replaced("market/securities.csv", "XSHE,CNY,CN", "XSHE,CNY,"),
            rules('"total_return"]', '"net_total_return"]'),
            added(
                "rules.toml", "[net_total_return]", 'withholding_tax = "non-resident-enterprise"'
            ),
        ),
        names="securities country of 000001.SZ = null",
        mend="give it, or calculate no net total return",
    ),
    "assumed number in a strict run": Case(
        breaks=rules("lag = 2", 'lag = { value = 2, assumed = "no source gives it" }'),
        command=(*CALCULATE, "--strict"),
        names="weighting.lag = 2",
        mend="strict",
    ),
}
