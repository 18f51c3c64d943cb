"""What sections of a methodology have in common: strictness, rules across keys, kinds of value."""

from __future__ import annotations

import re
from datetime import date
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    NamedTuple,
    TypeAlias,
    TypeVar,
    get_args,
)

from annotated_types import MinLen
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetJsonSchemaHandler
    from pydantic.fields import FieldInfo
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = [
    "PATTERNS",
    "Assumable",
    "Code",
    "Country",
    "Currency",
    "Day",
    "Keys",
    "Many",
    "Mic",
    "Problem",
    "Section",
    "Text",
    "keys_of",
    "nested",
    "repeats",
]

T = TypeVar("T")

Keys: TypeAlias = tuple[str | int, ...]
"""Where a value is: keys and, in a list, positions from 0."""

PATTERNS = {
    r"^[A-Z]{3}$": "must be a currency code of three capitals, such as CNY",
    r"^[A-Z]{2}$": "must be a country code of two capitals, such as CN",
    r"^[A-Z0-9]{4}$": "must be a market identifier code (MIC), such as XSHG",
    r"^(union|intersection|[A-Z0-9]{4})$": (
        'must be "union", "intersection" or a market identifier code (MIC), such as "XSHG"'
    ),
    (
        r"^((first|second|third|fourth|last)-(monday|tuesday|wednesday|thursday|friday)"
        r"|month-end)$"
    ): 'must be a day of a month, such as "second-friday", "last-friday" or "month-end"',
    r"^\S+$": "must be text without spaces",
    r"\S": "must not be empty",
}
"""The patterns of text values, and what to say where a text does not match."""

_CURRENCY, _COUNTRY, _MIC, CALENDAR, DAY_OF_MONTH, _CODE, _TEXT = PATTERNS
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso_day(value: object) -> object:
    """Return the date of ISO text, as JSON has it; anything else is left to the strict check."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


class Assumable:
    """Marks a number that may also be written ``{ value = …, assumed = "reason" }``."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        number = handler(core_schema)
        assumed = {
            "type": "object",
            "properties": {"value": number, "assumed": {"type": "string", "pattern": r"\S"}},
            "required": ["value", "assumed"],
            "additionalProperties": False,
        }
        return {"anyOf": [number, assumed]}


Day: TypeAlias = Annotated[date, BeforeValidator(_iso_day)]
Code: TypeAlias = Annotated[str, StringConstraints(pattern=_CODE)]
Text: TypeAlias = Annotated[str, StringConstraints(pattern=_TEXT)]
Currency: TypeAlias = Annotated[str, StringConstraints(pattern=_CURRENCY)]
Country: TypeAlias = Annotated[str, StringConstraints(pattern=_COUNTRY)]
Mic: TypeAlias = Annotated[str, StringConstraints(pattern=_MIC)]
Many: TypeAlias = Annotated[tuple[T, ...], Strict(strict=False), MinLen(1)]


class Problem(NamedTuple):
    """One rule across keys that a section breaks.

    Attributes
    ----------
    keys : tuple of str and int
        Where, from the section on.
    value : object
        The value found; None where the key is absent.
    expected : str
        What was expected, in words.
    """

    keys: Keys
    value: object
    expected: str


class Section(BaseModel):
    """A section of a methodology: frozen, strict, without unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )

    lasting: ClassVar[tuple[str, ...]] = ()
    """Keys that no change of the rulebook can change: another value is another index."""

    def __hash__(self) -> int:
        """Hash of the values; a table of free keys, which has none of its own, by its items."""
        values = [getattr(self, name) for name in type(self).model_fields]
        return hash(
            tuple(frozenset(one.items()) if isinstance(one, dict) else one for one in values)
        )

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        return iter(())

    @model_validator(mode="after")
    def _across_keys(self) -> Section:
        found = list(self.problems())
        if found:
            raise PydanticCustomError("across_keys", "rules across keys", {"problems": found})
        return self


def keys_of(model: type[Section]) -> dict[str, FieldInfo]:
    """Return the fields of a section by the keys that are written in the file."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def nested(annotation: Any) -> type[Section] | None:  # noqa: ANN401
    """Return the section that an annotation holds, alone, in a union or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    found = (nested(inner) for inner in get_args(annotation))
    return next((section for section in found if section is not None), None)


def repeats(key: str, values: tuple[object, ...]) -> Iterator[Problem]:
    """Yield a problem where a list names something twice."""
    if len(set(values)) < len(values):
        yield Problem((key,), values, "must not name anything twice; remove one")
