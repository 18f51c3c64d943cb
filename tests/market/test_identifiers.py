"""Four ways of writing a code, one identifier."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.market_folders import defects, only_defect, read
from paasche.market.identifiers import canonical, with_exchange
from paasche.market.vocabulary import EXCHANGES


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("600519.SH", "600519.SH"),
        ("sh.600519", "600519.SH"),
        ("SH600519", "600519.SH"),
        ("sh600519", "600519.SH"),
        ("000001.sz", "000001.SZ"),
        ("920808.BJ", "920808.BJ"),
        ("00700.HK", "00700.HK"),
        ("700.HK", "00700.HK"),
        ("hk00700", "00700.HK"),
        ("600519", None),
        ("519.SH", None),
        ("000700.HK", None),
        ("600519.XSHG", None),
        ("600519.SHX", None),
        ("x600519.SH", None),
        (" 600519.SH", None),
        ("６００５１９.SH", None),
        ("AAA", None),
        ("", None),
        (None, None),
    ],
)
def test_a_code_that_names_its_venue_has_one_canonical_form(code, expected):
    assert canonical(pl.Series([code], dtype=pl.String)).to_list() == [expected]


@pytest.mark.parametrize(
    ("code", "exchange", "expected"),
    [
        ("600519", "XSHG", "600519.SH"),
        ("000001", "XSHE", "000001.SZ"),
        ("920808", "BJSE", "920808.BJ"),
        ("00700", "XHKG", "00700.HK"),
        ("700", "XHKG", "00700.HK"),
        ("5", "XHKG", "00005.HK"),
        ("sh.600519", "XSHG", "600519.SH"),
        # The exchange contradicts the code, or the code has lost its leading zeros.
        ("600519.SH", "XSHE", None),
        ("1", "XSHE", None),
        ("600519", "XHKG", None),
        # No style to follow: the text is the identifier.
        ("AAA", "XSHG", "AAA"),
        ("RB2410", "XSGE", "RB2410"),
        ("600519", "XSGE", "600519"),
    ],
)
def test_the_exchange_completes_a_bare_number(code, exchange, expected):
    assert with_exchange(pl.Series([code]), pl.Series([exchange])).to_list() == [expected]


@settings(deadline=None)
@given(
    number=st.integers(0, 99_999),
    mic=st.sampled_from(sorted(EXCHANGES)),
    style=st.sampled_from(
        ["{n}.{v}", "{v}.{n}", "{v}{n}", "{low}.{n}", "{low}{n}", "{n}.{low}", "{n}"]
    ),
)
def test_every_style_means_the_same_security(number, mic, style):
    exchange = EXCHANGES[mic]
    digits = f"{number:0{exchange.digits}d}"
    code = style.format(n=digits, v=exchange.venue, low=exchange.venue.lower())
    expected = f"{digits}.{exchange.venue}"
    assert with_exchange(pl.Series([code]), pl.Series([mic])).to_list() == [expected]


SECURITIES = """\
    security,name,exchange,currency
    600519,Kweichow Moutai,XSHG,CNY
    sz.000001,Ping An Bank,XSHE,CNY
    HK700,Tencent,XHKG,HKD
    600000.SH,SPD Bank,XSHG,CNY
    600000.SZ,a Shenzhen name of the same number,XSHE,CNY
    AAA,synthetic,XSHG,CNY
    """


def test_every_table_gets_the_canonical_identifiers(tmp_path):
    prices = """\
        date,security,close
        2016-06-07,sh600519,1
        2016-06-08,600519,1
        2016-06-07,000001.SZ,1
        2016-06-07,700,1
        2016-06-08,00700,1
        2016-06-07,AAA,1
        """
    actions = """\
        security,ex_date,kind,ratio,related
        600519,2016-07-01,spin_off,0.1,SZ000001
        """
    market = read(tmp_path, securities=SECURITIES, prices=prices, corporate_actions=actions)
    assert market["prices"]["security"].to_list() == [
        "600519.SH",
        "600519.SH",
        "000001.SZ",
        "00700.HK",
        "00700.HK",
        "AAA",
    ]
    assert market["corporate_actions"]["security"][0] == "600519.SH"
    assert market["corporate_actions"]["related"][0] == "000001.SZ"
    assert market.ids.to_list() == [
        "000001.SZ",
        "00700.HK",
        "600000.SH",
        "600000.SZ",
        "600519.SH",
        "AAA",
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "600000",
            ("must name one security; 600000.SH and 600000.SZ have this number: write which"),
        ),
        ("1", "must be 000001.SZ; read codes as text, else leading zeros are lost"),
        ("600159.SH", "must be a security of the table securities; the nearest is 600519.SH"),
        ("aaa", "must be a security of the table securities; the nearest is AAA"),
        (
            "nothing like it",
            ("must be a security of the table securities; add it there, or correct the code"),
        ),
    ],
)
def test_a_code_that_names_no_security_is_refused(tmp_path, code, expected):
    prices = f"""\
        date,security,close
        2016-06-07,AAA,1
        2016-06-07,{code},1
        """
    assert only_defect(tmp_path, securities=SECURITIES, prices=prices) == (
        f"prices.csv:3 security = {code}: {expected}"
    )


def test_a_code_at_odds_with_its_exchange_is_refused(tmp_path):
    securities = """\
        security,name,exchange,currency
        600519.SH,Kweichow Moutai,XSHE,CNY
        """
    assert only_defect(tmp_path, securities=securities) == (
        "securities.csv:2 security = 600519.SH: must be 6 digits and .SZ, as its "
        "exchange is XSHE; 600519.SH is one of XSHG: correct the code or the exchange"
    )


def test_two_styles_of_one_security_are_a_duplicate(tmp_path):
    prices = """\
        date,security,close
        2016-06-07,600519.SH,270.13
        2016-06-07,sh.600519,270.13
        """
    assert only_defect(tmp_path, prices=prices) == (
        "prices.csv:3 date, security = 2016-06-07, 600519.SH: must be the only row "
        "of this key; row 2 has it too; leave one of them out, or give each its "
        "known_at where one corrects the other"
    )


def test_each_unknown_security_is_named_and_the_eleventh_on_are_counted(tmp_path):
    rows = [f"2016-06-07,60{n:04d}.SH,1" for n in range(1, 14)]
    prices = "\n".join(["date,security,close", *rows, rows[0].replace("07", "08", 1), ""])
    lines = defects(tmp_path, prices=prices)
    assert len(lines) == 11
    assert lines[0].endswith("(2 rows like this)")
    assert lines[-1] == (
        "prices.csv:12 security = 600011.SH: must be a security of the table "
        "securities; the nearest is 600519.SH (3 values like this) (3 rows like this)"
    )
