"""Frames of data vendors as tables of the market: columns and units written down as data.

Each function takes frames that you already have, under the names of the vendor's endpoints, and
returns tables for `Market.from_frames`. Nothing is downloaded. Ratios per 10 shares, lots (手),
thousands and ten thousands (万) are brought to shares, yuan and fractions; figures whose unit
cannot be right are refused.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from paasche.market.vendors.apply import convert, unnamed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

__all__ = ["from_akshare", "from_baostock", "from_csmar", "from_tushare", "from_wind"]

P = ParamSpec("P")
R = TypeVar("R")


def _named_only(vendor: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that says by which name a frame without one is to be given."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            if args:
                raise unnamed(vendor, args)
            return function(*args, **kwargs)

        return checked

    return decorate


@_named_only("tushare")
def from_tushare(
    *, units: Mapping[str, str] | None = None, check: bool = True, **endpoints: object
) -> dict[str, pl.DataFrame]:
    """Return tables of the market from frames of Tushare Pro.

    Parameters
    ----------
    units : mapping of str to str, optional
        What you know better: units by ``endpoint.column``, such as ``{"daily.vol": "share"}``.
    check : bool
        Whether to refuse figures whose unit cannot be right.
    **endpoints : frame
        By endpoint: ``stock_basic``, ``daily``, ``daily_basic``, ``dividend``, ``suspend_d``,
        ``index_weight``, ``trade_cal``. Polars, pandas, pyarrow, anything `Market.from_frames`
        takes; columns that are not needed may be there.

    Returns
    -------
    dict of str to pl.DataFrame
        Tables of the market by name; change them or add your own before `Market.from_frames`.

    Raises
    ------
    InputError
        Lists every defect: an unknown endpoint, a missing column, a value that cannot be read, a
        unit that cannot be right.

    Notes
    -----
    Volume is in lots (手), turnover in thousand yuan, shares in ten thousands; dividends are per
    share. Plans without an ex-date and steps other than 实施 give no rows. ``daily_basic`` counts
    all shares of the company, B and H among them.

    Examples
    --------
    >>> daily = {
    ...     "ts_code": ["000001.SZ"],
    ...     "trade_date": ["20180718"],
    ...     "close": [8.70],
    ...     "pre_close": [8.72],
    ...     "vol": [525152.77],
    ...     "amount": [460697.377],
    ... }
    >>> from_tushare(daily=daily)["prices"].row(0)
    (datetime.date(2018, 7, 18), '000001.SZ', 8.7, 8.72, 52515277, 460697377.0)
    """
    return convert("tushare", endpoints, units or {}, check=check)


@_named_only("akshare")
def from_akshare(
    *, units: Mapping[str, str] | None = None, check: bool = True, **endpoints: object
) -> dict[str, pl.DataFrame]:
    """Return tables of the market from frames of AKShare; as `from_tushare`.

    Parameters
    ----------
    units, check
        As in `from_tushare`.
    **endpoints : frame, or mapping of str to frame
        By function: ``stock_info_a_code_name``, ``stock_info_sh_name_code``,
        ``stock_info_sz_name_code``, ``stock_zh_a_hist``, ``stock_zh_a_daily``,
        ``stock_zh_a_gbjg_em``, ``stock_fhps_em``, ``stock_fhps_detail_em``,
        ``stock_history_dividend_detail`` (分红), ``stock_history_dividend_detail_rights`` (配股),
        ``index_stock_cons_weight_csindex``, ``tool_trade_date_hist_sina``, ``currency_boc_safe``.
        A function that answers for one stock without naming it takes ``{"600519": frame, …}``.

    Returns
    -------
    dict of str to pl.DataFrame

    Raises
    ------
    InputError
        As in `from_tushare`.

    Notes
    -----
    Prices must be as traded (``adjust=""``). Dividends are per 10 shares, weights in percent, the
    parity rates of `currency_boc_safe` for 100 units of a currency.

    Examples
    --------
    >>> moutai = {"除权除息日": ["2024-06-19"], "派息": [308.76], "送股": [0.0], "转增": [0.0]}
    >>> tables = from_akshare(stock_history_dividend_detail={"600519": moutai})
    >>> tables["corporate_actions"].select("security", "kind", "cash").row(0)
    ('600519.SH', 'cash_dividend', 30.876)
    """
    return convert("akshare", endpoints, units or {}, check=check)


@_named_only("baostock")
def from_baostock(
    *, units: Mapping[str, str] | None = None, check: bool = True, **endpoints: object
) -> dict[str, pl.DataFrame]:
    """Return tables of the market from frames of BaoStock; as `from_tushare`.

    Parameters
    ----------
    units, check
        As in `from_tushare`.
    **endpoints : frame
        By function: ``query_stock_basic``, ``query_history_k_data_plus``, ``query_dividend_data``,
        ``query_profit_data``. All columns may be text.

    Returns
    -------
    dict of str to pl.DataFrame

    Raises
    ------
    InputError
        As in `from_tushare`.

    Notes
    -----
    Volume is in shares, turnover in yuan, dividends are per share. Days with ``tradestatus`` 0 have
    no price and become rows of ``status``.

    Examples
    --------
    >>> bars = {
    ...     "date": ["2017-07-03"],
    ...     "code": ["sh.600000"],
    ...     "close": ["12.6500"],
    ...     "volume": ["24930000"],
    ...     "amount": ["315000000.0000"],
    ...     "tradestatus": ["1"],
    ... }
    >>> from_baostock(query_history_k_data_plus=bars)["prices"].row(0)
    (datetime.date(2017, 7, 3), '600000.SH', 12.65, 24930000, 315000000.0)
    """
    return convert("baostock", endpoints, units or {}, check=check)


@_named_only("wind")
def from_wind(
    *, units: Mapping[str, str] | None = None, check: bool = True, **endpoints: object
) -> dict[str, pl.DataFrame]:
    """Return tables of the market from tables of the Wind database; as `from_tushare`.

    Parameters
    ----------
    units, check
        As in `from_tushare`.
    **endpoints : frame
        By table, in lower case: ``asharedescription``, ``ashareeodprices``,
        ``asharecapitalization``, ``ashareeodderivativeindicator``, ``asharedividend``,
        ``aindexhs300freeweight``, ``asharecalendar``. Columns are found in any case.

    Returns
    -------
    dict of str to pl.DataFrame

    Raises
    ------
    InputError
        As in `from_tushare`.

    Notes
    -----
    Volume is in lots (手), turnover in thousand yuan, shares in ten thousands. The shares of
    ``asharecapitalization`` are those of the A class; ``ashareeodderivativeindicator`` counts all
    shares of the company, so give one of the two.

    Examples
    --------
    >>> shares = {
    ...     "S_INFO_WINDCODE": ["600519.SH"],
    ...     "CHANGE_DT": ["20150717"],
    ...     "S_SHARE_TOTALA": [125619.78],
    ... }
    >>> from_wind(asharecapitalization=shares)["shares"]["total"].to_list()
    [1256197800]
    """
    return convert("wind", endpoints, units or {}, check=check)


@_named_only("csmar")
def from_csmar(
    *, units: Mapping[str, str] | None = None, check: bool = True, **endpoints: object
) -> dict[str, pl.DataFrame]:
    """Return tables of the market from tables of CSMAR (国泰安); as `from_tushare`.

    Parameters
    ----------
    units, check
        As in `from_tushare`.
    **endpoints : frame
        By table, in lower case: ``trd_co``, ``trd_dalyr``, ``trd_capchg``, ``trd_cptl``. Columns
        are found in any case. Stkcd must be text.

    Returns
    -------
    dict of str to pl.DataFrame

    Raises
    ------
    InputError
        As in `from_tushare`.

    Notes
    -----
    Volume is in shares, turnover in yuan, market value in thousand yuan; distributions are per
    share. The shares of ``trd_capchg`` are the total less B and H shares.

    Examples
    --------
    >>> actions = {
    ...     "Stkcd": ["000001", "000001"],
    ...     "Exdistdt": ["2015-04-13", "2015-04-13"],
    ...     "Disttyp": ["CA", "SD"],
    ...     "Amount": [0.174, 0.2],
    ...     "Roprc": [None, None],
    ... }
    >>> from_csmar(trd_cptl=actions)["corporate_actions"].select("kind", "cash", "ratio").rows()
    [('bonus', None, 0.2), ('cash_dividend', 0.174, None)]
    """
    return convert("csmar", endpoints, units or {}, check=check)
