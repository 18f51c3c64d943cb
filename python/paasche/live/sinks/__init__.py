"""Publication: levels to files, to WebSocket clients and to streams, in one layout of rows.

`open_sink` chooses by what it is given; `Rows` says what a publication looks like to all of them.
"""

from paasche.live.sinks.opening import open_sink
from paasche.live.sinks.rows import Rows

__all__ = ["Rows", "open_sink"]
