"""A server that lives as long as a test."""

import pytest

from live.nats_server import NatsServer


@pytest.fixture
def server(tmp_path):
    server = NatsServer(tmp_path / "store")
    server.start()
    yield server
    server.kill()
