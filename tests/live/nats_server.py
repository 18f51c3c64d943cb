"""A real server of JetStream on a free port, that can be killed and started again."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = shutil.which(
    "nats-server",
    path=os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)]),
)


NOON = "2024-06-14T12:00:00+08:00"


class NatsServer:
    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self._process = None

    def start(self):
        command = [PROGRAM, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.02)
            else:
                return

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def asked(server, question):
    """Return what an asynchronous question to JetStream returns."""
    import nats

    async def ask():
        client = await nats.connect(server.url)
        try:
            return await question(client.jetstream())
        finally:
            await client.close()

    return asyncio.run(ask())


def messages_of(server, stream="LEVELS"):
    """Return all messages of a stream."""

    async def get(context):
        last = (await context.stream_info(stream)).state.last_seq
        return [await context.get_msg(stream, number + 1) for number in range(last)]

    return asked(server, get)


def address(server, stream="TICKS", subject="ticks.cn"):
    return f"{server.url}/{stream}?subject={subject}"


def feed(server, *messages, subject="ticks.cn"):
    """Put messages into the stream TICKS."""

    async def put(stream):
        await stream.add_stream(name="TICKS", subjects=["ticks.*"])
        for message in messages:
            await stream.publish(subject, message)

    asked(server, put)


def tick(price, security="600519.SH", **others):
    return json.dumps({"timestamp": NOON, "security": security, "price": price, **others}).encode()
