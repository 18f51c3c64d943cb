"""A first index: three securities, three days, a rights issue and a dividend.

Day 1 is 1044.2857; on day 2 the price index is 1042.3369 and the total return 1049.3306.
"""

from io import StringIO

import polars as pl

import paasche as px

TABLES = {
    "securities": """security,name,exchange,currency
600001.SH,A,XSHG,CNY
600002.SH,B,XSHG,CNY
600003.SH,C,XSHG,CNY""",
    # 11.2 %, 43.75 % and 82 % float freely, so 12 %, 50 % and 100 % of the shares count.
    "shares": """security,effective,total,free_float
600001.SH,2024-01-02,100000,11200
600002.SH,2024-01-02,8000,3500
600003.SH,2024-01-02,5000,4100""",
    "prices": """date,security,close
2024-01-02,600001.SH,10
2024-01-02,600002.SH,20
2024-01-02,600003.SH,30
2024-01-03,600001.SH,11
2024-01-03,600002.SH,19
2024-01-03,600003.SH,31.5
2024-01-04,600001.SH,11
2024-01-04,600002.SH,18
2024-01-04,600003.SH,31.2""",
    "corporate_actions": """security,ex_date,kind,ratio,price,cash
600002.SH,2024-01-04,rights,0.2,12,
600003.SH,2024-01-04,cash_dividend,,,0.5""",
    "constituents": """effective,security
2024-01-02,600001.SH
2024-01-02,600002.SH
2024-01-02,600003.SH""",
    "calendar": "exchange,date\nXSHG,2024-01-02\nXSHG,2024-01-03\nXSHG,2024-01-04",
}
METHODOLOGY = {
    "schema_version": 1,
    "index": {
        "code": "FIRST",
        "name": "A first index",
        "currency": "CNY",
        "base_date": "2024-01-02",
        "base_level": 1000.0,
        "variants": ["price", "total_return"],
    },
    "universe": {"constituents": "table"},
    "weighting": {"scheme": "free_float", "free_float_bands": "ces-2023"},
}

market = px.Market.from_frames(
    {name: pl.read_csv(StringIO(text), try_parse_dates=True) for name, text in TABLES.items()}
)
levels = px.calculate(px.Methodology.from_dict(METHODOLOGY), market).levels
print(levels.select("date", "variant", "level").sort("variant", "date"))
