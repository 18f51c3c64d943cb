"""A feeder in a process of its own: publishes ticks one by one, whatever becomes of the server.

python feeder.py URL STREAM SUBJECT COUNT
"""

import asyncio
import contextlib
import json
import sys

import nats
from nats.errors import Error

url, stream, subject, count = *sys.argv[1:4], int(sys.argv[4])


async def main():
    sent = 0
    while sent < count:
        with contextlib.suppress(OSError, asyncio.TimeoutError, Error):
            client = await nats.connect(url, allow_reconnect=False, connect_timeout=1)
            feed = client.jetstream(timeout=1)
            while sent < count:
                tick = {
                    "timestamp": 1718328600_000_000 + sent,
                    "security": "600519.SH",
                    "price": 1.0 + sent,
                }
                # The server drops one that it has had, although its answer was lost.
                await feed.publish(
                    subject, json.dumps(tick).encode(), headers={"Nats-Msg-Id": str(sent)}
                )
                sent += 1
            await client.close()
        await asyncio.sleep(0.05)


asyncio.run(main())
