"""Ticks: what a source gives and the engine takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from paasche._arrays import floats, moments, places, vector
from paasche.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Ticks", "checked", "columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Trades and quotes in the order in which they arrived.

    Attributes
    ----------
    securities : uint32 array of shape (n,)
        Positions among the securities of the engine. Names that no index holds are left out.
    prices : float64 array of shape (n,)
        In the quote currency of the security; 0 or NaN is no trade (R42).
    timestamps : int64 array of shape (n,)
        Microseconds since 1970-01-01 UTC.
    volumes : float64 array of shape (n,), optional
        Shares; a tick of volume 0 is a quote and no trade. None: all are trades.
    position : int
        How far its source has been read with these: what a resumed run asks it to go on after.
    """

    securities: NDArray[np.uint32]
    prices: NDArray[np.float64]
    timestamps: NDArray[np.int64]
    volumes: NDArray[np.float64] | None
    position: int

    def between(self, first: int, end: int) -> Ticks:
        """Return some of them, without a copy; the position is that of all.

        Parameters
        ----------
        first, end : int

        Examples
        --------
        >>> import numpy as np
        >>> one = np.ones(3, np.int64)
        >>> given = Ticks(securities=one, prices=one, timestamps=one, volumes=None, position=3)
        >>> given.between(1, 3).prices
        array([1, 1])
        """
        some = slice(first, end)
        return replace(
            self,
            securities=self.securities[some],
            prices=self.prices[some],
            timestamps=self.timestamps[some],
            volumes=None if self.volumes is None else self.volumes[some],
        )


def checked(ticks: Ticks, n_securities: int) -> Ticks:
    """Return ticks of any source in the types that the journal and the engine have.

    Parameters
    ----------
    ticks : Ticks
        Anything numpy can view as its columns.
    n_securities : int
        How many the engine has.

    Raises
    ------
    InputError
        A column is of another kind or length, or a position is none of the engine's.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1, np.int64)
    >>> given = Ticks(securities=one, prices=one, timestamps=one, volumes=None, position=1)
    >>> checked(given, 2).securities.dtype
    dtype('uint32')
    """
    securities = vector(places(ticks.securities, "securities"), "securities")
    prices = floats(ticks.prices, "prices")
    timestamps = moments(ticks.timestamps, "timestamps")
    volumes = None if ticks.volumes is None else floats(ticks.volumes, "volumes")
    for name, column in (("prices", prices), ("timestamps", timestamps), ("volumes", volumes)):
        if column is not None and column.shape != securities.shape:
            raise InputError(
                f"{name} = array of shape {column.shape}: must have {len(securities)}, as "
                "securities"
            )
    if len(securities) and securities.max() >= n_securities:
        raise InputError(
            f"securities = {securities.max()}: must be a position below {n_securities}"
        )
    return replace(
        ticks, securities=securities, prices=prices, timestamps=timestamps, volumes=volumes
    )


def columns(
    securities: ArrayLike,
    prices: ArrayLike,
    timestamps: ArrayLike | None,
    volumes: ArrayLike | None,
) -> tuple[NDArray[np.uint32], NDArray[np.float64], Any, NDArray[np.float64] | None]:
    """Return columns of ticks as the core reads them; None where it is given.

    Raises
    ------
    InputError
        One is of another kind.
    """
    return (
        vector(places(securities, "securities"), "securities"),
        vector(floats(prices, "prices"), "prices"),
        None if timestamps is None else vector(moments(timestamps, "timestamps"), "timestamps"),
        None if volumes is None else vector(floats(volumes, "volumes"), "volumes"),
    )
