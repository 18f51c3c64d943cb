"""From the findings of the validation library to defects that a person can act on."""

from __future__ import annotations

import json
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from paasche.errors import Defect
from paasche.methodology.assumptions import dotted
from paasche.methodology.section import PATTERNS, Keys, Section, keys_of, nested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["as_toml", "defects"]

_LONGEST_VALUE = 80

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
        elif detail["type"] == "missing":
            found.append(_defect(place, keys, None, f"required{_described(model, keys)}"))
        elif detail["type"] == "extra_forbidden":
            found.append(_defect(place, keys, None, _unknown(model, keys)))
        else:
            found.append(_defect(place, keys, detail["input"], _expected(detail)))
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


def _expected(detail: ErrorDetails) -> str:
    words = _EXPECTED.get(detail["type"])
    expected = (words(detail.get("ctx", {})) if words else "") or detail["msg"]
    if isinstance(detail["input"], dict) and detail["type"] in {"float_type", "int_type"}:
        expected += ', or { value = number, assumed = "reason" }'
    return expected


def _sections(model: type[Section], keys: Keys) -> Iterator[type[Section]]:
    """Yield the sections on the way to a key, outermost first."""
    yield model
    for key in keys[:-1]:
        info = keys_of(model).get(str(key))
        section = nested(info.annotation) if info else None
        if section is not None:
            model = section
            yield model


def _described(model: type[Section], keys: Keys) -> str:
    *_, section = _sections(model, keys)
    info = keys_of(section).get(str(keys[-1]))
    text = info.description if info else None
    return f": {text[0].lower()}{text[1:].split('. ')[0].rstrip('.')}" if text else ""


def _unknown(model: type[Section], keys: Keys) -> str:
    *_, section = _sections(model, keys)
    key, known = str(keys[-1]), list(keys_of(section))
    close = get_close_matches(key, known, n=1)
    if close:
        return f"unknown key; the nearest known key is {close[0]}"
    elsewhere = [
        f"{name}.{key}"
        for name, info in keys_of(model).items()
        if (part := nested(info.annotation)) is not None and key in keys_of(part)
    ]
    if elsewhere:
        return f"unknown key here; there is {' and '.join(elsewhere)}"
    return f"unknown key; known keys: {', '.join(known)}"
