"""Numbers that no public source gives: taken out of what is written, and put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from paasche.methodology.section import Assumable, Keys, Section, keys_of, nested

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["Assumption", "dotted", "restore", "take"]


class Assumption(NamedTuple):
    """A number that carries ``assumed = "reason"``.

    Attributes
    ----------
    path : str
        Where it is: dotted keys, positions in lists from 0.
    value : float or int
        The number.
    reason : str
        Why it is assumed.
    """

    path: str
    value: float
    reason: str


def dotted(keys: Keys) -> str:
    """Return keys and positions as text.

    Examples
    --------
    >>> dotted(("net_total_return", "withholding_tax", 0, "rate"))
    'net_total_return.withholding_tax[0].rate'
    """
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return "".join(parts).removeprefix(".")


def take(model: type[Section], written: object, at: Keys = ()) -> tuple[object, dict[Keys, str]]:
    """Return what is written with plain numbers, and the reason of each assumed one.

    Only a whole ``{ value, assumed }`` with a reason is taken; anything else stays and meets the
    check of the number. A null means that the key is absent.
    """
    if not isinstance(written, Mapping):
        return written, {}
    plain: dict[Any, object] = {}
    reasons: dict[Keys, str] = {}
    fields = keys_of(model)
    for key, value in written.items():
        if value is None:
            continue
        plain[key], found = _take_value(fields.get(key), value, (*at, key))
        reasons |= found
    return plain, reasons


def _take_value(info: FieldInfo | None, value: object, at: Keys) -> tuple[object, dict[Keys, str]]:
    if info is None:
        return value, {}
    if any(isinstance(mark, Assumable) for mark in info.metadata):
        if isinstance(value, Mapping) and set(value) == {"value", "assumed"}:
            reason = value["assumed"]
            if isinstance(reason, str) and reason.strip():
                return value["value"], {at: reason}
        return value, {}
    section = nested(info.annotation)
    if section is None:
        return value, {}
    if isinstance(value, list | tuple):
        taken = [take(section, row, (*at, place)) for place, row in enumerate(value)]
        return [row for row, _ in taken], {
            key: why for _, found in taken for key, why in found.items()
        }
    return take(section, value, at)


def restore(dumped: Any, reasons: Mapping[Keys, str]) -> None:  # noqa: ANN401
    """Put ``{ value, assumed }`` back into a dump, in place; what the dump lacks is left out."""
    for keys, reason in reasons.items():
        *path, last = keys
        holder = dumped
        try:
            for key in path:
                holder = holder[key]
            holder[last] = {"value": holder[last], "assumed": reason}
        except (KeyError, IndexError):
            continue
