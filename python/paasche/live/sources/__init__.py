"""Feeds: files, frames, generators and streams of ticks, as the engine takes them.

`open_source` chooses by what it is given. To all of them ticks are the table ``ticks`` of a market:
timestamp, security, price and, where it is known, volume.
"""

from paasche.live.sources.opening import open_source

__all__ = ["open_source"]
