"""From the findings of the validation library to defects that a person can act on."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paasche.errors import Defect
from paasche.methodology.aliases import nearest_word
from paasche.methodology.assumptions import dotted
from paasche.methodology.section import PATTERNS, Keys, Problem, Section
from paasche.methodology.text import as_toml
from paasche.methodology.unknown import description, misspelt, required, said, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["defects", "findings"]

_LONGEST_VALUE = 80

_HUNDRED = 100

_EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_type": lambda _: "must be true or false",
    "date_type": lambda _: "must be a date, such as 2015-01-05",
    "expected": lambda _: "",  # its message says it
    "finite_number": lambda _: "must be a finite number",
    "float_type": lambda _: "must be a number",
    "greater_than": lambda bound: f"must be greater than {bound['gt']:g}",
    "greater_than_equal": lambda bound: f"must be at least {bound['ge']:g}",
    "int_type": lambda _: "must be a whole number",
    "dict_type": lambda _: "must be a table of keys",
    "less_than": lambda bound: f"must be less than {bound['lt']:g}",
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
    return [_defect(place, found) for found in findings(model, error)]


def findings(model: type[Section], error: ValidationError) -> list[Problem]:
    """Return everything that is wrong with what is written, with keys and values.

    Parameters
    ----------
    model : type of Section
        What was validated.
    error : pydantic.ValidationError
        The findings of the validation library.
    """
    details = error.errors(include_url=False)
    strangers = [_written(one["loc"]) for one in details if one["type"] == "extra_forbidden"]
    found: list[Problem] = []
    for detail in details:
        keys = _written(detail["loc"])
        if detail["type"] == "default_factory_not_called" or _follows(detail, details):
            continue
        if detail["type"] == "across_keys":
            found += [
                problem._replace(keys=(*keys, *problem.keys))
                for problem in detail["ctx"]["problems"]
            ]
        elif detail["type"] == "missing" and misspelt(model, keys, strangers):
            continue
        elif detail["type"] == "missing":
            found.append(Problem(keys, None, required(model, keys)))
        elif detail["type"] == "extra_forbidden":
            found.append(Problem(keys, None, unknown(model, keys)))
        else:
            found.append(Problem(keys, detail["input"], _expected(model, keys, detail)))
    return found


def _defect(place: str, found: Problem) -> Defect:
    text = None if found.value is None else as_toml(found.value)
    if text is not None and len(text) > _LONGEST_VALUE:
        text = f"{text[:_LONGEST_VALUE]}…"
    column = dotted(found.keys) or None
    return Defect(place=place, column=column, value=text, expected=found.expected)


def _written(loc: Keys) -> Keys:
    """Return the place without the marks of a value's two ways, and of what is itself a key."""
    return tuple(key for key in loc if not (isinstance(key, str) and key.startswith(("<", "["))))


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
    if isinstance(value, dict) and detail["type"] == "tuple_type":
        return f"{expected}; write [[{dotted(keys)}]] above its keys"
    if isinstance(value, dict) and keys[0] == "sources":
        return f'{expected}; write the whole key in quotes, "{keys[1]}.{next(iter(value), "…")}"'
    fraction = "fraction" in description(model, keys)
    if detail["type"] == "literal_error":
        mend = _likely(value, detail["ctx"]["expected"])
    else:
        mend = (_percent(value) if fraction else "") or _MENDS.get(detail["type"], _none)(value)
    if mend and len(mend) <= _LONGEST_VALUE:
        return f"{expected}; {mend}"
    # Where the value does not show what was meant, it helps to know what the key is for.
    meaning = "" if detail["type"] in {"expected", "literal_error"} else said(model, keys)
    return f"{expected} ({meaning})" if meaning else expected


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
