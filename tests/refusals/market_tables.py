"""Files and tables of the market that are not what the data contract asks for."""

from __future__ import annotations

import polars as pl

from refusals.breaking import Case, added, as_parquet, both, prices, removed, replaced, written
from refusals.good_folder import FX, PRICES, SECURITIES, SHARES

GBK = SECURITIES.replace("Kweichow Moutai", "贵州茅台").encode("gbk")


def truncated(folder):
    as_parquet("prices")(folder)
    path = folder / "market" / "prices.parquet"
    path.write_bytes(path.read_bytes()[:-20])


def emptied(name):
    return written(f"market/{name}", "")


CASES = {
    "no such folder": Case(
        breaks=lambda folder: (folder / "market").rename(folder / "markets"),
        names="market",
        mend="there is no such folder, the nearest is markets",
    ),
    "empty folder": Case(
        breaks=lambda folder: [path.unlink() for path in (folder / "market").iterdir()],
        names="market",
        mend="`paasche sample DIR` writes an example",
    ),
    "file in the place of the folder": Case(
        breaks=lambda folder: (
            (folder / "market").rename(folder / "was") and (folder / "market").write_text("x")
        ),
        names="market",
        mend="it is a file: give the folder the tables",
    ),
    "no table of prices": Case(breaks=removed("market/prices.csv"), names="prices", mend="rows"),
    "no table of shares": Case(
        breaks=removed("market/shares.csv"),
        names="shares: must be there",
        mend="the market has no table shares: add it (security, effective, total, free_float)",
    ),
    "no column of the free float": Case(
        breaks=written(
            "market/shares.csv", "security,effective,total\n600519.SH,2015-07-17,1256197800\n"
        ),
        names="shares free_float: must be there",
        mend="the table shares has no column free_float: add it, or give the table holders",
    ),
    "free float under another name": Case(
        breaks=replaced("market/shares.csv", "free_float", "float_shares"),
        names="shares free_float: must be there",
        mend="does not read float_shares: rename the one that is it",
    ),
    "free float under its Chinese name": Case(
        breaks=replaced("market/shares.csv", "free_float", "自由流通股本"),
        names="shares free_float: must be there",
        mend="does not read 自由流通股本: rename the one that is it",
    ),
    "empty column of the free float": Case(
        breaks=written(
            "market/shares.csv",
            "security,effective,total,free_float\n600519.SH,2015-07-17,1256197800,\n",
        ),
        names="shares free_float: must be there",
        mend="the column is empty: fill it, or give the table holders",
    ),
    "no table of securities": Case(
        breaks=removed("market/securities.csv"), names="securities", mend="add it"
    ),
    "no table of constituents": Case(
        breaks=removed("market/constituents.csv"),
        names="constituents index = SMALL",
        mend="the market has no such table: add it",
    ),
    "no table of rates": Case(
        breaks=removed("market/fx.csv"),
        names="fx HKDCNY on 2016-06-06",
        mend="the market has no table fx: add it",
    ),
    "misspelt table": Case(
        breaks=lambda folder: (folder / "market/prices.csv").rename(folder / "market/price.csv"),
        names="price.csv",
        mend="the nearest is prices",
    ),
    "table in both formats": Case(
        breaks=lambda folder: pl.read_csv(folder / "market/fx.csv").write_parquet(
            folder / "market/fx.parquet"
        ),
        names="fx.parquet",
        mend="remove it or fx.csv",
    ),
    "table in a format that is not read": Case(
        breaks=lambda folder: (folder / "market/fx.csv").rename(folder / "market/fx.xlsx"),
        names="fx.xlsx",
        mend="convert it",
    ),
    "folder in the place of a table": Case(
        breaks=both(removed("market/fx.csv"), lambda folder: (folder / "market/fx.csv").mkdir()),
        names="fx.csv",
        mend="must be a file, not a folder",
    ),
    "link to nowhere": Case(
        breaks=both(
            removed("market/fx.csv"),
            lambda folder: (folder / "market/fx.csv").symlink_to("../elsewhere.csv"),
        ),
        names="fx.csv",
        mend="the link leads nowhere",
    ),
    "truncated Parquet": Case(breaks=truncated, names="prices.parquet", mend="write it again"),
    "CSV named Parquet": Case(
        breaks=lambda folder: (folder / "market/fx.csv").rename(folder / "market/fx.parquet"),
        names="fx.parquet",
        mend="a CSV file is named .csv",
    ),
    "Parquet named CSV": Case(
        breaks=both(
            as_parquet("fx"),
            lambda folder: (folder / "market/fx.parquet").rename(folder / "market/fx.csv"),
        ),
        names="fx.csv",
        mend="it is Parquet: name it .parquet",
    ),
    "text that is GBK": Case(
        breaks=written("market/securities.csv", GBK),
        names="securities.csv:2",
        mend="save the file as UTF-8 (it reads as GBK)",
    ),
    "text that is UTF-16": Case(
        breaks=written("market/securities.csv", SECURITIES.encode("utf-16")),
        names="securities.csv",
        mend="it is UTF-16: save it as UTF-8",
    ),
    "semicolons between the fields": Case(
        breaks=written("market/prices.csv", PRICES.replace(",", ";")),
        names="prices.csv:1",
        mend="it has semicolons: save it with commas",
    ),
    "tabs between the fields": Case(
        breaks=written("market/prices.csv", PRICES.replace(",", "\t")),
        names="prices.csv:1",
        mend="it has tabs: save it with commas",
    ),
    "no header": Case(
        breaks=prices("date,security,close\n", ""), names="prices.csv", mend="add one"
    ),
    "empty file": Case(breaks=emptied("prices.csv"), names="prices.csv", mend="the file is empty"),
    "header without rows": Case(
        breaks=written("market/prices.csv", "date,security,close\n"),
        names="prices.csv",
        mend="fill it, or leave the table out",
    ),
    "table of shares without rows": Case(
        breaks=written("market/shares.csv", SHARES.splitlines()[0] + "\n"),
        names="shares.csv",
        mend="fill it, or leave the table out",
    ),
    "table of rates without rows": Case(
        breaks=written("market/fx.csv", FX.splitlines()[0] + "\n"),
        names="fx HKDCNY on 2016-06-06",
        mend="add HKDCNY, units of CNY for one HKD",
    ),
    "missing column": Case(
        breaks=written("market/fx.csv", "date,pair\n2016-06-06,HKDCNY\n"),
        names="fx.csv rate",
        mend="add it beside date, pair",
    ),
    "renamed columns": Case(
        breaks=prices("date,security,close", "trade_date,ts_code,closing_price"),
        names="prices.csv",
        mend="rename them, or take the frame over with px.market.from_tushare(daily=frame)",
    ),
    "columns of a vendor beside one of ours": Case(
        breaks=prices("date,security,close", "trade_date,ts_code,close"),
        names="prices.csv date",
        mend="or take the frame over with px.market.from_tushare(daily=frame)",
    ),
    "columns in capitals": Case(
        breaks=prices("date,security,close", "Date,Security,Close"),
        names="prices.csv",
        mend="it has Date, Security, Close; rename them",
    ),
    "misspelt optional column": Case(
        breaks=replaced("market/shares.csv", "free_float", "freefloat"),
        names="shares.csv freefloat",
        mend="rename the column",
    ),
    "column twice": Case(
        breaks=prices("date,security,close", "date,close,close"),
        names="prices.csv:1",
        mend="close is there twice: remove one",
    ),
    "line that is too short": Case(
        breaks=prices("2016-06-07,600519.SH,266.49", "2016-06-07,600519.SH"),
        names="prices.csv:3",
        mend="it has 2: complete it",
    ),
    "line that is too long": Case(
        breaks=prices("2016-06-07,600519.SH,266.49", "2016-06-07,600519.SH,266.49,1"),
        names="prices.csv:3",
        mend="quote a field that holds a comma",
    ),
    "index of a pandas frame in Parquet": Case(
        breaks=both(
            as_parquet("prices"),
            lambda folder: (
                pl.read_parquet(folder / "market/prices.parquet")
                .rename({"date": "__index_level_0__"})
                .write_parquet(folder / "market/prices.parquet")
            ),
        ),
        names="prices.parquet date",
        mend="call reset_index()",
    ),
    "row twice": Case(
        breaks=added("market/prices.csv", "2016-06-07,600519.SH,266.5"),
        names="prices.csv:24 date, security = 2016-06-07, 600519.SH",
        mend="row 3 has it too; leave one of them out",
    ),
    "row twice in two styles": Case(
        breaks=added("market/prices.csv", "2016-06-07,sh.600519,266.49"),
        names="prices.csv:24 date, security = 2016-06-07, 600519.SH",
        mend="row 3 has it too; leave one of them out",
    ),
    "row twice, known at one moment": Case(
        breaks=written(
            "market/fx.csv",
            "date,pair,rate,known_at\n"
            "2016-06-06,HKDCNY,0.84497,2016-06-06T10:00:00+08:00\n"
            "2016-06-06,HKDCNY,0.84499,2016-06-06T10:00:00+08:00\n",
        ),
        names="fx.csv:3 date, pair, known_at = 2016-06-06, HKDCNY",
        mend="leave one of them out",
    ),
    "price on a holiday": Case(
        breaks=prices("2016-06-13,600519.SH", "2016-06-10,600519.SH"),
        names="prices.csv:5 date = 2016-06-10",
        mend="leave the row out",
    ),
    "prices on several holidays": Case(
        breaks=added(
            "market/prices.csv",
            *(f"2016-06-{day:02},600519.SH,268.15" for day in (9, 10, 11, 12, 18, 19, 25)),
        ),
        names="prices.csv:24 date = 2016-06-09",
        mend="2016-06-09, 2016-06-10, 2016-06-11, 2016-06-12, 2016-06-18 and 2 days more: leave",
    ),
    "price on a weekend": Case(
        breaks=added("market/prices.csv", "2016-06-11,600519.SH,268.15"),
        names="prices.csv:24 date = 2016-06-11",
        mend="leave the row out",
    ),
    "weekend row after the market's own calendar": Case(
        breaks=both(
            written(
                "market/calendar.csv",
                "exchange,date\n"
                + "".join(
                    f"{exchange},2016-06-{day:02}\n"
                    for exchange in ("XSHG", "XSHE", "XHKG")
                    for day in (6, 7, 8, *((10,) if exchange == "XHKG" else ()), 13, 14, 15, 16, 17)
                ),
            ),
            added("market/prices.csv", "2016-06-18,600519.SH,282.43"),
        ),
        names="prices.csv:24 date = 2016-06-18",
        mend="leave the row out, or add the day to the table calendar",
    ),
    "price past the market's own calendar": Case(
        breaks=both(
            written(
                "market/calendar.csv",
                "exchange,date\n"
                + "".join(
                    f"{exchange},2016-06-{day:02}\n"
                    for exchange in ("XSHG", "XSHE", "XHKG")
                    for day in (6, 7, 8, *((10,) if exchange == "XHKG" else ()), 13, 14, 15)
                ),
            ),
        ),
        names="prices date = 2016-06-16",
        mend="add more to the table calendar of the market",
    ),
    "listings that overlap": Case(
        breaks=written(
            "market/listings.csv",
            "security,exchange,board,currency,start,end\n"
            "600519.SH,XSHG,main,CNY,2001-08-27,2016-06-10\n"
            "600519.SH,XSHE,main,CNY,2016-06-06,\n",
        ),
        names="listings.csv:3 security = 600519.SH",
        mend="end that one earlier",
    ),
    "end before its start": Case(
        breaks=written(
            "market/status.csv",
            "security,status,start,end\n600519.SH,suspended,2016-06-08,2016-06-07\n",
        ),
        names="status.csv:2 start = 2016-06-08",
        mend="correct one of the two",
    ),
    "two kinds of change on one session": Case(
        breaks=both(
            replaced("market/constituents.csv", "effective,security", "effective,security,kind"),
            replaced("market/constituents.csv", "06-06,600519.SH", "06-06,600519.SH,"),
            replaced("market/constituents.csv", "06-06,000001.SZ", "06-06,000001.SZ,"),
            replaced("market/constituents.csv", "06-06,00700.HK", "06-06,00700.HK,"),
            replaced("market/constituents.csv", "06-14,600519.SH", "06-14,600519.SH,interim"),
            replaced("market/constituents.csv", "06-14,000001.SZ", "06-14,000001.SZ,review"),
            replaced("market/constituents.csv", "06-14,00700.HK", "06-14,00700.HK,"),
        ),
        names="constituents.csv:5 kind = interim",
        mend="empty means review",
    ),
}
