"""What arrives: tables, readers, checks, identifiers and calendars.

`Market` reads a folder or frames and refuses every defect at once; `Calendars` knows the sessions
of the exchanges. Everything else in this room serves these two.
"""

from paasche.market.calendars import Calendars
from paasche.market.market import Market

__all__ = ["Calendars", "Market"]
