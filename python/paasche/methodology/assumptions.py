"""Numbers that no public source gives: taken out of what is written, and put back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from paasche.methodology.section import Assumable, Keys, Section, keys_of, nested

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from paasche.methodology.methodology import Methodology
    from paasche.methodology.net_total_return import NetTotalReturn

__all__ = ["Assumption", "assumptions_of", "dotted", "restore", "take"]


_BARE = re.compile(r"[\w-]+")


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
    """Return keys and positions as text; a key that TOML would quote is quoted.

    Examples
    --------
    >>> dotted(("net_total_return", "withholding_tax", 0, "rate"))
    'net_total_return.withholding_tax[0].rate'
    """
    return "".join(_step(key) for key in keys).removeprefix(".")


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _BARE.fullmatch(key) else f'."{key}"'


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


def assumptions_of(methodology: Methodology, reasons: Mapping[Keys, str]) -> list[Assumption]:
    """Return every assumed number, those of the withholding tax tables in use among them.

    Parameters
    ----------
    methodology : Methodology
        Its changes count too.
    reasons : mapping of keys to str
        Why the numbers are assumed that say so themselves.
    """
    dumped = methodology.model_dump() if reasons else {}
    found = [
        Assumption(dotted(keys), _at(dumped, keys)["value"], reason)
        for keys, reason in reasons.items()
    ]
    (_, first), *later = methodology.versions
    found += _withheld(first.net_total_return, "")
    for place, (change, (_, rules)) in enumerate(zip(methodology.change, later, strict=True)):
        if change.net_total_return is not None:
            found += _withheld(rules.net_total_return, f"change[{place}].")
    return found


def _withheld(net: NetTotalReturn | None, at: str) -> list[Assumption]:
    if net is None:
        return []
    table = net.table
    named = isinstance(net.withholding_tax, str)
    path = f'{at}net_total_return.withholding_tax["{table.name}"]' if named else at + table.name
    return [
        Assumption(f"{path}[{place}].rate", entry.rate, entry.assumed)
        for place, entry in enumerate(table.entries)
        if entry.assumed is not None
    ]


def _at(dumped: Any, keys: Keys) -> Any:  # noqa: ANN401
    for key in keys:
        dumped = dumped[key]
    return dumped
