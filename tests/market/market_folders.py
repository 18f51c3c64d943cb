"""Small market folders for the tests of the room, written as a person would write them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from paasche.errors import InputError
from paasche.market import Market

if TYPE_CHECKING:
    from pathlib import Path

SECURITIES = """\
    security,name,exchange,currency
    600519.SH,Kweichow Moutai,XSHG,CNY
    000001.SZ,Ping An Bank,XSHE,CNY
    00700.HK,Tencent,XHKG,HKD
    """
PRICES = """\
    date,security,close
    2016-06-07,600519.SH,270.13
    2016-06-08,600519.SH,271.5
    2016-06-07,000001.SZ,10.51
    2016-06-08,000001.SZ,10.47
    2016-06-07,00700.HK,177.4
    2016-06-08,00700.HK,177.5
    """
SHARES = """\
    security,effective,total,free_float
    600519.SH,2015-07-17,1256197800,478400000
    """


def write(folder: Path, **tables: str) -> Path:
    """Write ``NAME.csv`` for each table; `securities` comes with every folder."""
    folder.mkdir(exist_ok=True)
    for name, text in {"securities": SECURITIES, **tables}.items():
        (folder / f"{name}.csv").write_text(dedent(text), encoding="utf-8")
    return folder


def read(folder: Path, **tables: str) -> Market:
    return Market.read(write(folder, **tables))


def defects(folder: Path, **tables: str) -> list[str]:
    """Return the lines of the error that refuses the folder, without the headline."""
    with pytest.raises(InputError) as caught:
        read(folder, **tables)
    lines = [str(defect) for defect in caught.value.defects]
    plural = "s" * (len(lines) > 1)
    headline = f"{folder}: {len(lines)} defect{plural}"
    assert str(caught.value) == "\n".join([headline, *(f"  {line}" for line in lines)])
    return lines


def only_defect(folder: Path, **tables: str) -> str:
    (line,) = defects(folder, **tables)
    return line
