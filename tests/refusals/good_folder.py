"""What every case breaks in one place: a market folder, a methodology and a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SECURITIES = """\
security,name,exchange,currency,country
600519.SH,Kweichow Moutai,XSHG,CNY,CN
000001.SZ,Ping An Bank,XSHE,CNY,CN
00700.HK,Tencent,XHKG,HKD,KY
"""

# The 9th was a holiday in Shanghai, Shenzhen and Hong Kong, the 10th on the mainland alone; the
# 11th and 12th were a weekend.
PRICES = """\
date,security,close
2016-06-06,600519.SH,265.31
2016-06-07,600519.SH,266.49
2016-06-08,600519.SH,268.15
2016-06-13,600519.SH,270.05
2016-06-14,600519.SH,273.03
2016-06-15,600519.SH,281.11
2016-06-16,600519.SH,282.43
2016-06-06,000001.SZ,10.57
2016-06-07,000001.SZ,10.58
2016-06-08,000001.SZ,10.49
2016-06-13,000001.SZ,10.33
2016-06-14,000001.SZ,10.32
2016-06-15,000001.SZ,10.37
2016-06-16,000001.SZ,10.33
2016-06-06,00700.HK,172.4
2016-06-07,00700.HK,177.4
2016-06-08,00700.HK,177.5
2016-06-10,00700.HK,174.9
2016-06-13,00700.HK,170.4
2016-06-14,00700.HK,168.1
2016-06-15,00700.HK,168.8
2016-06-16,00700.HK,166.3
"""

SHARES = """\
security,effective,total,free_float
600519.SH,2015-07-17,1256197800,478400000
000001.SZ,2016-05-20,14633541880,5870000000
00700.HK,2016-03-31,9429321000,5700000000
"""

CONSTITUENTS = """\
effective,security
2016-06-06,600519.SH
2016-06-06,000001.SZ
2016-06-06,00700.HK
2016-06-14,600519.SH
2016-06-14,000001.SZ
2016-06-14,00700.HK
"""

FX = """\
date,pair,rate
2016-06-06,HKDCNY,0.84497
2016-06-07,HKDCNY,0.84469
2016-06-08,HKDCNY,0.84499
2016-06-13,HKDCNY,0.84742
2016-06-14,HKDCNY,0.84887
2016-06-15,HKDCNY,0.84745
2016-06-16,HKDCNY,0.84718
"""

CORPORATE_ACTIONS = """\
security,ex_date,kind,cash,ratio
000001.SZ,2016-06-16,cash_dividend,0.153,
000001.SZ,2016-06-16,bonus,,0.2
"""

RULES = """\
schema_version = 1

[index]
code = "SMALL"
name = "A small index"
currency = "CNY"
currencies = ["CNY", "HKD"]
base_date = 2016-06-06
base_level = 1000.0
variants = ["price", "total_return"]

[universe]
constituents = "table"

[weighting]
scheme = "free_float"
free_float_bands = "ces-2023"
single_cap = 0.5
lag = 2
"""

GOOD = {
    "market/securities.csv": SECURITIES,
    "market/prices.csv": PRICES,
    "market/shares.csv": SHARES,
    "market/constituents.csv": CONSTITUENTS,
    "market/fx.csv": FX,
    "market/corporate_actions.csv": CORPORATE_ACTIONS,
    "rules.toml": RULES,
}

CALCULATE = ("calculate", "rules.toml", "--market", "market", "--out", "run")


def write_good(folder: Path) -> None:
    """Write the market folder ``market`` and the methodology ``rules.toml`` into a folder."""
    for name, text in GOOD.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
