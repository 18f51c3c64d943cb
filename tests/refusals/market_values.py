"""Values of the market that no index can be calculated from."""

from __future__ import annotations

import polars as pl

from refusals.breaking import Case, added, as_parquet, both, prices, replaced, without, written

DAY = "2016-06-07,600519.SH,266.49"


def moutai(close: str) -> str:
    return f"2016-06-07,600519.SH,{close}"


def shares(old: str, new: str):
    return replaced("market/shares.csv", old, new)


DECISIONS = "date,security,decision,value,who,why\n"
SAID = "committee,a mistaken trade\n"

CASES = {
    "price of NaN": Case(
        breaks=prices(DAY, moutai("NaN")),
        names="prices.csv:3 close = nan",
        mend="leave the row out where there was no trade,",
    ),
    "price of infinity": Case(
        breaks=prices(DAY, moutai("inf")),
        names="prices.csv:3 close = inf",
        mend="leave the row out where there was no trade,",
    ),
    "price of zero": Case(
        breaks=prices(DAY, moutai("0")),
        names="prices.csv:3 close = 0.0",
        mend="leave the row out where there was no trade,",
    ),
    "negative price": Case(
        breaks=prices(DAY, moutai("-266.49")),
        names="prices.csv:3 close = -266.49",
        mend="leave the row out where there was no trade,",
    ),
    "empty price": Case(
        breaks=prices(DAY, moutai("")),
        names="prices.csv:3 close",
        mend="leave the row out where there was no trade,",
    ),
    "word in the place of a price": Case(
        breaks=prices(DAY, moutai("suspended")),
        names="prices.csv:3 close = suspended",
        mend="leave the row out where there was no trade,",
    ),
    "dash in the place of a price": Case(
        breaks=prices(DAY, moutai("--")),
        names="prices.csv:3 close = --",
        mend="leave the row out where there was no trade,",
    ),
    "price with a comma for the point": Case(
        breaks=prices(DAY, moutai('"266,49"')),
        names="prices.csv:3 close = 266,49",
        mend="write it with a decimal point, 266.49",
    ),
    "prices that are mended in two ways": Case(
        breaks=both(
            prices(DAY, moutai('"1,266.49"')),
            prices("2016-06-14,600519.SH,273.03", "2016-06-14,600519.SH,--"),
        ),
        names="prices.csv:3 close = 1,266.49: must be a number; write it without separators",
        mend="prices.csv:6 close = --: must be a number; leave the row out",
    ),
    "rate of NaN": Case(
        breaks=replaced("market/fx.csv", "2016-06-08,HKDCNY,0.84499", "2016-06-08,HKDCNY,NaN"),
        names="fx.csv:4 rate = nan",
        mend="leave the row out where no rate was fixed",
    ),
    "shares with thousands separators": Case(
        breaks=shares("1256197800,", '"1,256,197,800",'),
        names="shares.csv:2 total = 1,256,197,800",
        mend="write it without separators, 1256197800",
    ),
    "fraction of a share": Case(
        breaks=shares("1256197800,", "1256197800.5,"),
        names="shares.csv:2 total = 1256197800.5",
        mend="check the unit of the column, or round it",
    ),
    "shares beyond 64 bits": Case(
        breaks=shares("1256197800,", "12561978000000000000,"),
        names="shares.csv:2 total = 12561978000000000000",
        mend="check the unit of the column",
    ),
    "negative shares": Case(
        breaks=shares("1256197800,", "-1256197800,"),
        names="shares.csv:2 total = -1256197800",
        mend="give the issued shares of this listed class",
    ),
    "no shares at all": Case(
        breaks=shares("1256197800,478400000", "0,0"),
        names="shares.csv:2 total = 0",
        mend="give the issued shares of this listed class",
    ),
    "free float above the total": Case(
        breaks=shares(",478400000", ",1478400000"),
        names="shares.csv:2 free_float = 1478400000",
        mend="correct one of the two",
    ),
    "date with the day first": Case(
        breaks=prices("2016-06-14,", "14/06/2016,"),
        names="prices.csv:6 date = 14/06/2016",
        mend="write 2016-06-14, the year first",
    ),
    "date that may be read two ways": Case(
        breaks=prices("2016-06-07,", "07/06/2016,"),
        names="prices.csv:3 date = 07/06/2016",
        mend="write 2016-07-06 or 2016-06-07, whichever is meant",
    ),
    "date without hyphens": Case(
        breaks=prices("2016-06-07,", "20160607,"),
        names="prices.csv:3 date = 20160607",
        mend="write 2016-06-07",
    ),
    "date with a time": Case(
        breaks=prices("2016-06-07,", "2016-06-07 00:00:00,"),
        names="prices.csv:3 date = 2016-06-07 00:00:00",
        mend="leave the time out, 2016-06-07",
    ),
    "date that is not in the calendar": Case(
        breaks=prices("2016-06-07,", "2016-06-31,"),
        names="prices.csv:3 date = 2016-06-31",
        mend="correct it, or leave the row out",
    ),
    "date of another century": Case(
        breaks=prices("2016-06-07,", "0216-06-07,"),
        names="prices.csv:3 date = 0216-06-07",
        mend="correct it, or leave the row out",
    ),
    "dates moved to another zone": Case(
        breaks=as_parquet(
            "prices",
            pl.col("date")
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("Asia/Shanghai")
            .dt.convert_time_zone("UTC"),
        ),
        names="prices.parquet:1 date = 2016-06-05T16:00:00+00:00",
        mend='in polars .dt.convert_time_zone("Asia/Shanghai").dt.date()',
    ),
    "dates as numbers": Case(
        breaks=as_parquet("prices", pl.col("date").dt.strftime("%Y%m%d").cast(pl.Int64)),
        names="prices.parquet:1 date = 20160606",
        mend="convert the column to dates",
    ),
    "prices as text in Parquet": Case(
        breaks=as_parquet("prices", pl.col("close").cast(pl.String)),
        names="prices.parquet:1 close = 265.31",
        mend="convert the column to numbers",
    ),
    "timestamp without an offset": Case(
        breaks=written(
            "market/fx.csv",
            "date,pair,rate,known_at\n2016-06-06,HKDCNY,0.84497,2016-06-06T15:30:00\n",
        ),
        names="fx.csv:2 known_at = 2016-06-06T15:30:00",
        mend="write 2016-06-06T15:30:00+08:00 if that is the time of Shanghai",
    ),
    "code of no security": Case(
        breaks=prices("2016-06-07,600519.SH", "2016-06-07,600159.SH"),
        names="prices.csv:3 security = 600159.SH",
        mend="the nearest is 600519.SH",
    ),
    "code that has lost its zeros": Case(
        breaks=prices("000001.SZ", "1"),
        names="prices.csv:9 security = 1",
        mend="must be 000001.SZ; read codes as text",
    ),
    "code read as a number in Parquet": Case(
        breaks=both(
            as_parquet(
                "prices",
                pl.col("security").str.extract(r"(\d+)").cast(pl.Int64),
            )
        ),
        names="prices.parquet:1 security = 600519",
        mend="read codes as text",
    ),
    "code of a security that has lost its zeros": Case(
        breaks=replaced("market/securities.csv", "000001.SZ", "1"),
        names="securities.csv:3 security = 1",
        mend="write 000001.SZ",
    ),
    "code at odds with its exchange": Case(
        breaks=replaced(
            "market/securities.csv", "000001.SZ,Ping An Bank,XSHE", "000001.SZ,Ping An Bank,XSHG"
        ),
        names="securities.csv:3 security = 000001.SZ",
        mend="correct the code or the exchange",
    ),
    "number that two securities have": Case(
        breaks=both(
            added("market/securities.csv", "000001.SH,an index of the same number,XSHG,CNY,CN"),
            prices("000001.SZ", "000001"),
        ),
        names="prices.csv:9 security = 000001",
        mend="000001.SH and 000001.SZ have this number: write which",
    ),
    "unknown exchange": Case(
        breaks=replaced("market/securities.csv", "XSHE", "SZSE"),
        names="securities.csv:3 exchange = SZSE",
        mend="write XSHE",
    ),
    "unknown currency": Case(
        breaks=replaced("market/securities.csv", "XSHE,CNY", "XSHE,RMB"),
        names="securities.csv:3 currency = RMB",
        mend="write CNY",
    ),
    "currency in small letters": Case(
        breaks=replaced("market/securities.csv", "XSHE,CNY", "XSHE,cny"),
        names="securities.csv:3 currency = cny",
        mend="write CNY",
    ),
    "country by its name": Case(
        breaks=replaced("market/securities.csv", "XSHE,CNY,CN", "XSHE,CNY,China"),
        names="securities.csv:3 country = China",
        mend="correct it, or leave it empty",
    ),
    "pair that is none": Case(
        breaks=replaced("market/fx.csv", "HKDCNY", "HKD/CNY"),
        names="fx.csv:2 pair = HKD/CNY",
        mend="HKDCNY for the yuan in one Hong Kong dollar",
    ),
    "unknown kind of corporate action": Case(
        breaks=replaced("market/corporate_actions.csv", "cash_dividend", "dividend"),
        names="corporate_actions.csv:2 kind = dividend",
        mend="the nearest is cash_dividend",
    ),
    "dividend without cash": Case(
        breaks=replaced("market/corporate_actions.csv", "0.153", ""),
        names="corporate_actions.csv:2 cash",
        mend="give it, or leave the row out",
    ),
    "cash with a bonus": Case(
        breaks=replaced("market/corporate_actions.csv", "bonus,,0.2", "bonus,0.1,0.2"),
        names="corporate_actions.csv:3 cash = 0.1",
        mend="give it a row of its own kind",
    ),
    "weight in percent": Case(
        breaks=both(
            replaced("market/constituents.csv", "effective,security", "effective,security,weight"),
            replaced("market/constituents.csv", "06-06,600519.SH", "06-06,600519.SH,35"),
            replaced("market/constituents.csv", "06-06,000001.SZ", "06-06,000001.SZ,25"),
            replaced("market/constituents.csv", "06-06,00700.HK", "06-06,00700.HK,40"),
            without("market/constituents.csv", "2016-06-14"),
        ),
        names="constituents.csv:2 weight = 35.0",
        mend="0.052 for 5.2 %",
    ),
    "decision on a price without the price": Case(
        breaks=written("market/decisions.csv", f"{DECISIONS}2016-06-07,600519.SH,price,,{SAID}"),
        names="decisions.csv:2 value",
        mend="must be given with price: a positive price in quote currency",
    ),
    "decision on a factor above one": Case(
        breaks=written("market/decisions.csv", f"{DECISIONS}2016-06-07,600519.SH,factor,2,{SAID}"),
        names="decisions.csv:2 value = 2.0",
        mend="must be a factor of more than 0 and at most 1",
    ),
    "unknown status": Case(
        breaks=written("market/status.csv", "security,status,start\n600519.SH,halted,2016-06-07\n"),
        names="status.csv:2 status = halted",
        mend="correct it, or leave the row out",
    ),
}
