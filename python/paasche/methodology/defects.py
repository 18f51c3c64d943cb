"""From the findings of the validation library to defects that a person can act on."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from paasche.errors import Defect
from paasche.methodology.aliases import nearest_key, nearest_word
from paasche.methodology.assumptions import dotted
from paasche.methodology.section import PATTERNS, Keys, Section, keys_of, nested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

__all__ = ["as_toml", "defects"]

_LONGEST_VALUE = 80

# A key after the name of a section belongs to that section.
_AT_THE_TOP = " above the first section"
_HUNDRED = 100

_EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "date_type": lambda _: "must be a date, such as 2015-01-05",
    "expected": lambda _: "",  # its message says it
    "finite_number": lambda _: "must be a finite number",
    "float_type": lambda _: "must be a number",
    "greater_than": lambda bound: f"must be greater than {bound['gt']:g}",
    "greater_than_equal": lambda bound: f"must be at least {bound['ge']:g}",
    "int_type": lambda _: "must be a whole number",
    "less_than_equal": lambda bound: f"must be at most {bound['le']:g}",
    "literal_error": lambda names: f"must be {names['expected']}".replace("'", '"'),
    "model_type": lambda _: "must be a table of keys",
    "string_pattern_mismatch": lambda text: PATTERNS[text["pattern"]],
    "string_type": lambda _: "must be text",
    "too_short": lambda _: "must not be empty",
    "tuple_type": lambda _: "must be a list",
}


def defects(model: type[Section], error: ValidationError, place: str) -> list[Defect]:
    """Return everything that is wrong with what is written, in the order of the model.

    Parameters
    ----------
    model : type of Section
        What was validated.
    error : pydantic.ValidationError
        The findings.
    place : str
        File, or what else the text came from.
    """
    details = error.errors(include_url=False)
    found = []
    for detail in details:
        keys = _written(detail["loc"])
        if detail["type"] == "default_factory_not_called" or _follows(detail, details):
            continue
        if detail["type"] == "across_keys":
            found += [
                _defect(place, (*keys, *problem.keys), problem.value, problem.expected)
                for problem in detail["ctx"]["problems"]
            ]
        elif detail["type"] == "missing" and _misspelt(model, keys, details):
            continue
        elif detail["type"] == "missing":
            found.append(_defect(place, keys, None, _required(model, keys)))
        elif detail["type"] == "extra_forbidden":
            found.append(_defect(place, keys, None, _unknown(model, keys)))
        else:
            found.append(_defect(place, keys, detail["input"], _expected(model, keys, detail)))
    return found


def as_toml(value: object) -> str:
    """Return a value as it is written in TOML.

    Examples
    --------
    >>> as_toml({"value": 0.1, "assumed": "notice"})
    '{ value = 0.1, assumed = "notice" }'
    """
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {as_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_toml(inner) for inner in value)}]"
    if isinstance(value, date):
        return str(value)
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _defect(place: str, keys: Keys, value: object, expected: str) -> Defect:
    text = None if value is None else as_toml(value)
    if text is not None and len(text) > _LONGEST_VALUE:
        text = f"{text[:_LONGEST_VALUE]}…"
    return Defect(place=place, column=dotted(keys) or None, value=text, expected=expected)


def _written(loc: Keys) -> Keys:
    """Return the place without the marks of the two ways to write a value, a name or a list."""
    return tuple(key for key in loc if not (isinstance(key, str) and key.startswith("<")))


def _follows(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Return whether a list looks empty only because its items are wrong."""
    loc = detail["loc"]
    return detail["type"] == "too_short" and any(
        other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc) for other in details
    )


def _expected(model: type[Section], keys: Keys, detail: ErrorDetails) -> str:
    words = _EXPECTED.get(detail["type"])
    expected = (words(detail.get("ctx", {})) if words else "") or detail["msg"]
    value = detail["input"]
    if isinstance(value, dict) and detail["type"] in {"float_type", "int_type"}:
        return f'{expected}, or {{ value = number, assumed = "reason" }}'
    fraction = "fraction" in _description(model, keys)
    if detail["type"] == "literal_error":
        mend = _likely(value, detail["ctx"]["expected"])
    else:
        mend = (_percent(value) if fraction else "") or _MENDS.get(detail["type"], _none)(value)
    if mend and len(mend) <= _LONGEST_VALUE:
        return f"{expected}; {mend}"
    # Where the value does not show what was meant, it helps to know what the key is for.
    said = "" if detail["type"] in {"expected", "literal_error"} else _said(model, keys)
    return f"{expected} ({said})" if said else expected


def _none(_: object) -> str:
    return ""


def _likely(value: object, expected: str) -> str:
    words = re.findall(r"'([^']+)'", expected)
    close = nearest_word(str(value), words)
    return f'the nearest is "{close}"' if close else ""


def _percent(value: object) -> str:
    """Return how a percentage is written where a fraction is asked for."""
    if isinstance(value, str) and re.fullmatch(r"\s*[\d.]+\s*%", value):
        value = float(value.strip(" %"))
    if isinstance(value, int | float) and 1 < value <= _HUNDRED:
        return f"it is a fraction: {value:g} percent is {value / _HUNDRED:g}"
    return ""


def _unquoted(value: object) -> str:
    plain = isinstance(value, str) and re.fullmatch(r"[\d.]+", value)
    return f"write {value} without quotes" if plain else ""


def _whole(value: object) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return f"write {value:.0f}" if is_whole else _unquoted(value)


def _in_capitals(value: object) -> str:
    small = isinstance(value, str) and value.isalpha() and value.upper() != value
    return f'write "{str(value).upper()}"' if small else ""


def _day(value: object) -> str:
    if isinstance(value, datetime):
        return f"write {value:%Y-%m-%d}"
    year_last = isinstance(value, str) and re.fullmatch(r"\d{1,2}\D\d{1,2}\D\d{4}", value)
    return "write the year first" if year_last else ""


_MENDS: dict[str, Callable[[object], str]] = {
    "date_type": _day,
    "float_type": _unquoted,
    "int_type": _whole,
    "string_pattern_mismatch": _in_capitals,
    "tuple_type": lambda value: "" if isinstance(value, dict) else f"write [{as_toml(value)}]",
}


def _sections(model: type[Section], keys: Keys) -> Iterator[type[Section]]:
    """Yield the sections on the way to a key, outermost first."""
    yield model
    for key in keys[:-1]:
        info = keys_of(model).get(str(key))
        section = nested(info.annotation) if info else None
        if section is not None:
            model = section
            yield model


def _description(model: type[Section], keys: Keys) -> str:
    """Return what the model says about a key; nothing for one it does not know."""
    *_, section = _sections(model, keys)
    info = keys_of(section).get(str(keys[-1])) if keys else None
    return (info.description if info else None) or ""


def _said(model: type[Section], keys: Keys) -> str:
    """Return the first sentence of what the model says about a key, to stand in a sentence."""
    text = re.sub(r" \([A-Z][^)]*\)", "", _description(model, keys)).split(". ")[0].split(";")[0]
    return (text[0].lower() + text[1:].rstrip(".").replace("\n", " ")) if text else ""


def _required(model: type[Section], keys: Keys) -> str:
    *_, section = _sections(model, keys)
    info = keys_of(section).get(str(keys[-1]))
    at_the_top = len(keys) == 1
    if at_the_top and info is not None and nested(info.annotation) is not None:
        mend = f"add a section [{keys[-1]}]"
    else:
        where = _AT_THE_TOP if at_the_top else ""
        mend = f"add {keys[-1]} = {_only_value(info) or '…'}{where}"
    said = _said(model, keys)
    return f"must be given; {mend}" + (f" ({said})" if said else "")


def _only_value(info: FieldInfo | None) -> str:
    """Return the value of a key that takes just one."""
    values = get_args(info.annotation) if info and get_origin(info.annotation) is Literal else ()
    return as_toml(values[0]) if len(values) == 1 else ""


def _misspelt(model: type[Section], keys: Keys, details: list[ErrorDetails]) -> bool:
    """Return whether a key is reported where it stands: under a name like it, or in a section."""
    strangers = (_written(one["loc"]) for one in details if one["type"] == "extra_forbidden")
    return any(
        _nearest(model, strange) == keys[-1]
        if strange[:-1] == keys[:-1]
        else strange[-1] == keys[-1] and len(keys) == 1
        for strange in strangers
    )


def _nearest(model: type[Section], keys: Keys) -> str | None:
    """Return the known key most like an unknown one, in its section."""
    *_, section = _sections(model, keys)
    return nearest_key(str(keys[-1]), list(keys_of(section)))


def _unknown(model: type[Section], keys: Keys) -> str:
    *_, section = _sections(model, keys)
    key, known = str(keys[-1]), list(keys_of(section))
    if key in keys_of(model) and nested(keys_of(model)[key].annotation) is None:
        return f"must stand outside the sections; move it{_AT_THE_TOP}"
    close = _nearest(model, keys)
    if close is not None:
        return f"must be a known key; the nearest is {close}"
    elsewhere = [
        name
        for name, info in keys_of(model).items()
        if (part := nested(info.annotation)) is not None and key in keys_of(part)
    ]
    if elsewhere:
        return f"must stand in another section; move it to [{'] or ['.join(elsewhere)}]"
    return f"must be a known key ({', '.join(known)}); write the one that is meant, or remove it"
