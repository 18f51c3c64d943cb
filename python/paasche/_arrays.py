"""What callers hand over, as arrays the core can read. Nothing is cast that would change a number.

An input is anything numpy can view: lists, scalars, read-only, strided or Fortran-ordered arrays,
columns of pandas and polars. Arrays of the right type in one piece are passed on without a copy;
they must not be written by another thread during the call.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, SupportsFloat

import numpy as np

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[Any]
    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

_EXACT_IN_FLOAT64 = 2**53


def floats(value: ArrayLike, name: str) -> Floats:
    """Return numbers as float64 in one piece, of the same shape.

    Raises
    ------
    InputError
        If ``value`` holds something else than real numbers, or a whole number that float64 cannot
        hold. NaN passes: what it means is for the rule to say.
    """
    array = _viewed(value, name)
    if array.dtype.kind == "O":
        return _from_objects(array, name)
    if array.dtype.kind in "iu":
        return _from_integers(array, name)
    if array.dtype.kind == "f" and array.dtype.itemsize <= np.dtype(np.float64).itemsize:
        return np.asarray(array, dtype=np.float64, order="C")
    raise InputError(f"{name} = array of {array.dtype}: must hold real numbers of at most 64 bits")


ACTION_KINDS = ("cash", "bonus", "rights", "split", "spin_off", "published")
"""What goes ex, as the core numbers it."""


def numbered(
    words: NDArray[np.uint8] | Sequence[str], name: str, choices: Sequence[str]
) -> NDArray[np.uint8]:
    """Return words as their positions among the choices; an array of positions passes.

    Raises
    ------
    InputError
        A word is none of them.
    """
    if isinstance(words, np.ndarray) and words.dtype == np.uint8:
        return words
    number = {choice: at for at, choice in enumerate(choices)}
    unknown = next((word for word in words if word not in number), None)
    if unknown is not None:
        raise InputError(f"{name} = {unknown}: must be one of {', '.join(choices)}")
    return np.fromiter((number[word] for word in words), np.uint8, len(words))


def counts(value: ArrayLike, name: str) -> Counts:
    """Return share counts as int64 in one piece, of the same shape; whole floats count as whole.

    Raises
    ------
    InputError
        If an element is not a whole number or does not fit, naming its position.
    """
    array = _viewed(value, name)
    if array.dtype.kind == "u" and array.dtype.itemsize == np.dtype(np.uint64).itemsize:
        _refuse_where(array > np.iinfo(np.int64).max, array, name, "must be below 2**63")
    elif array.dtype.kind not in "iu":
        array = floats(array, name)
        # Beyond 2**53 a float stands for several counts.
        whole = (np.abs(array) <= _EXACT_IN_FLOAT64) & (array == np.trunc(array))
        _refuse_where(~whole, array, name, "must be a whole number, as a float at most 2**53")
    return np.asarray(array, dtype=np.int64, order="C")


def places(value: ArrayLike, name: str) -> NDArray[np.uint32]:
    """Return positions as uint32 in one piece.

    Raises
    ------
    InputError
        If an element is no whole number, or negative.
    """
    if isinstance(value, np.ndarray) and value.dtype == np.uint32:
        return np.ascontiguousarray(value)
    array = counts(value, name)
    _refuse_where((array < 0) | (array >= 2**32), array, name, "must be a position, from 0 on")
    return array.astype(np.uint32)


def moments(value: ArrayLike, name: str) -> Counts:
    """Return timestamps as microseconds since 1970-01-01 UTC; datetime64 arrays are of UTC.

    Raises
    ------
    InputError
        If an element is no whole number or no time.
    """
    array = _viewed(value, name)
    if array.dtype.kind != "M":
        return counts(array, name)
    _refuse_where(np.isnat(array), array, name, "must be a time")
    return array.astype("datetime64[us]").view(np.int64)


def written(out: Floats | None, shape: tuple[int, ...], name: str) -> Floats:
    """Return where numbers are to be written: an array of the caller's, or a new one.

    Raises
    ------
    InputError
        It is no float64 array of that shape in one piece that may be written.
    """
    if out is None:
        return np.empty(shape)
    if not (isinstance(out, np.ndarray) and out.dtype == np.float64 and out.shape == shape):
        found = f"{getattr(out, 'dtype', type(out).__name__)} of shape {getattr(out, 'shape', ())}"
        raise InputError(f"{name} = {found}: must be a float64 array of shape {shape}")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise InputError(f"{name}: must be in one piece and writeable")
    return out


def vector(array: Array, name: str) -> Array:
    """Return ``array`` if it has one dimension."""
    if array.ndim != 1:
        raise InputError(f"{name} = array of shape {array.shape}: must have one dimension")
    return array


def together(arrays: Mapping[str, Array]) -> tuple[tuple[int, ...], dict[str, Array]]:
    """Return the common shape of arrays, and each as a column in C order, or of one element.

    Raises
    ------
    InputError
        If the shapes do not broadcast.
    """
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InputError(f"shapes = {shapes}: must fit together by the rules of numpy") from None
    columns = {
        name: array.reshape(1)
        if array.size == 1
        else np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(-1)
        for name, array in arrays.items()
    }
    return shape, columns


def shaped(result: Floats, shape: tuple[int, ...]) -> Floats | float:
    """Return ``result`` in ``shape``; where all inputs were scalars, a float."""
    return result.reshape(shape) if shape else float(result[0])


def elementwise(function: Callable[..., Floats], arrays: Mapping[str, ArrayLike]) -> Floats | float:
    """Apply a function of the core, (rows, column, …), to numbers that broadcast together."""
    shape, columns = together({name: floats(value, name) for name, value in arrays.items()})
    return shaped(function(int(np.prod(shape)), *columns.values()), shape)


def number(value: SupportsFloat, name: str) -> float:
    """Return one real number as a float."""
    array = floats(np.asarray(value), name)
    if array.ndim:
        raise InputError(f"{name} = array of shape {array.shape}: must be one number")
    return float(array)


def ranks(codes: ArrayLike | None, length: int) -> NDArray[np.uint32] | None:
    """Return the rank of each text code in byte order, equal codes alike.

    Raises
    ------
    InputError
        If the codes are no text, or not ``length`` of them.
    """
    if codes is None:
        return None
    array = vector(_viewed(codes, "codes"), "codes")
    if array.dtype.kind == "O":
        is_text = _each(lambda code: isinstance(code, str), array)
        _refuse_where(~is_text, array, "codes", "must be text")
        array = array.astype(np.str_)
    if array.dtype.kind not in "UT":
        raise InputError(f"codes = array of {array.dtype}: must hold text")
    if len(array) != length:
        raise InputError(f"length of codes = {len(array)}: must be the length of values, {length}")
    # Code points ascend as the bytes of UTF-8 do.
    _, rank = np.unique(array, return_inverse=True)
    return rank.astype(np.uint32)


def _viewed(value: ArrayLike, name: str) -> Array:
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise InputError(f"{name} = masked array: must have a number in every place")
    try:
        return np.asarray(value)
    except ValueError as e:
        raise InputError(f"{name}: must be an array of numbers, all rows equally long") from e


def _from_integers(array: Array, name: str) -> Floats:
    result = np.asarray(array, dtype=np.float64, order="C")
    if array.dtype.itemsize == np.dtype(np.int64).itemsize:
        # The comparison with a float would round the integer; so the float goes back.
        limit = float(2 ** (63 if array.dtype.kind == "i" else 64))
        fits = np.abs(result) < limit
        same = np.where(fits, result, 0.0).astype(array.dtype) == array
        _refuse_where(~(fits & same), array, name, "must be a number that float64 holds exactly")
    return result


def _from_objects(array: Array, name: str) -> Floats:
    is_number = _each(
        lambda x: isinstance(x, (int, float, np.number, Decimal)) and not isinstance(x, bool), array
    )
    _refuse_where(~is_number, array, name, "must be a number")
    try:
        result = np.asarray(array, dtype=np.float64, order="C")
    except (OverflowError, TypeError) as e:
        raise InputError(f"{name}: must hold real numbers of float64") from e
    changed = _each(lambda x, y: isinstance(x, int) and x != int(y), array, result)
    _refuse_where(changed, array, name, "must be a number that float64 holds exactly")
    return result


def _each(test: Callable[..., bool], *arrays: Array) -> NDArray[np.bool_]:
    """Apply a test to each Python object."""
    return np.asarray(np.frompyfunc(test, len(arrays), 1)(*arrays), dtype=bool)


def _refuse_where(bad: NDArray[np.bool_], array: Array, name: str, expected: str) -> None:
    """Raise for the first element that is bad, with its position and value."""
    if not np.any(bad):
        return
    place = np.unravel_index(int(np.argmax(bad)), array.shape)
    where = f"{name}[{', '.join(map(str, place))}]" if place else name
    raise InputError(f"{where} = {array[place]}: {expected}")
