"""The connection to a Ray cluster: one that is there, or one that is begun and ended."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["connected", "require"]

_NEEDED = ("ray", "pyarrow")
"""Packages of the extra: tasks and objects, and tables out of objects without a copy."""

_PATIENCE_SECONDS = 10
"""How long an address may take to answer."""


def require() -> None:
    """Refuse when the extra is not installed.

    Raises
    ------
    InputError
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"executor = ray: must have {' and '.join(missing)} installed; "
            'pip install "paasche[ray]"'
        )


@contextmanager
def connected(address: str | None = None) -> Iterator[None]:
    """Be connected to a cluster: the one there is, the one at the address, or one of this machine.

    What is begun here is ended here; a connection that was there stays.

    Parameters
    ----------
    address : str, optional
        As ``ray.init`` takes it. None: the connection there is, else what ``ray.init`` finds.

    Raises
    ------
    InputError
        The extra is missing, no cluster answers, or there is a connection and an address.
    """
    require()
    import ray  # noqa: PLC0415

    if ray.is_initialized():
        if address is not None:
            raise InputError(
                f"address = {address}: must be left out after ray.init, which has said where the "
                "cluster is"
            )
        yield
        return
    address = address or os.environ.get("RAY_ADDRESS")
    try:
        _require_open(address or "")
        ray.init(
            address,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.WARNING,
        )
    except (OSError, ValueError) as e:
        if address is None:
            raise
        raise InputError(f"address = {address}: must be a Ray cluster that answers ({e})") from e
    try:
        yield
    finally:
        ray.shutdown()


def _require_open(address: str) -> None:
    """Raise OSError at once where nothing listens; Ray tries for more than a minute."""
    host, _, port = address.rpartition(":")
    if port.isdecimal() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE_SECONDS).close()
