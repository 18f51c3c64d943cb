"""What arrives: tables, readers, checks, identifiers, calendars and the tables of data vendors.

`Market` reads a folder or frames and refuses every defect at once; `Calendars` knows the sessions
of the exchanges; ``from_tushare`` and its sisters bring frames of a vendor into the market's form.
Everything else in this room serves these.
"""

from paasche.market.calendars import Calendars
from paasche.market.market import Market
from paasche.market.vendors import (
    from_akshare,
    from_baostock,
    from_csmar,
    from_tushare,
    from_wind,
)

__all__ = [
    "Calendars",
    "Market",
    "from_akshare",
    "from_baostock",
    "from_csmar",
    "from_tushare",
    "from_wind",
]
