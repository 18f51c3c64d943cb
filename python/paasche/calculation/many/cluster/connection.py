"""The connection to a Ray cluster: one that is there, or one that is begun and ended."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["connected", "require"]

_NEEDED = ("ray", "pyarrow")
"""Packages of the extra: tasks and objects, and tables out of objects without a copy."""


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
    try:
        ray.init(
            address,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.WARNING,
        )
    except (ConnectionError, ValueError) as e:
        where = "RAY_ADDRESS" if address is None else f"address = {address}"
        raise InputError(f"{where}: must be a Ray cluster that answers ({e})") from e
    try:
        yield
    finally:
        ray.shutdown()
