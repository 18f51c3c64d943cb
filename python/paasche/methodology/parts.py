"""Sections of which only some keys are written: what a change of the rulebook says."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from pydantic import Field, create_model

from paasche.methodology.section import Assumable, Section

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["Part", "PartOfSection"]

S = TypeVar("S", bound=Section)


class PartOfSection(Section):
    """A section of which no key is required, and without the keys that cannot change."""

    whole: ClassVar[type[Section]]
    """The section itself."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the section itself: the model of its part is made, and has no name to find."""
        return _unpickled, (self.whole, self.__getstate__())


def _unpickled(whole: type[Section], state: dict[Any, Any]) -> PartOfSection:
    part = _part(whole)
    again = part.__new__(part)
    again.__setstate__(state)
    return again


@cache
def _part(whole: type[Section]) -> type[PartOfSection]:
    """Return a section's keys, every one optional; those that stay for good are left out."""
    fields: dict[str, Any] = {
        name: _optional(info)
        for name, info in whole.model_fields.items()
        if name not in whole.lasting
    }
    part = create_model(f"{whole.__name__}Change", __base__=PartOfSection, **fields)
    part.__doc__ = f"Keys of a section that change: {whole.__doc__}"
    part.whole = whole
    return part


def _optional(info: FieldInfo) -> tuple[Any, Any]:
    """Return a key that may be absent; a table within the section becomes a part of it."""
    kind = info.annotation
    choices = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    tables = [one for one in choices if isinstance(one, type) and issubclass(one, Section)]
    # The mark stays outermost, where it is looked for; a bound belongs to the value alone.
    marks = [mark for mark in info.metadata if isinstance(mark, Assumable)]
    bounds = tuple(mark for mark in info.metadata if not isinstance(mark, Assumable))
    value: Any = _part(tables[0]) if tables else kind
    for bound in bounds:
        value = Annotated[value, bound]
    value = value | None
    for mark in marks:
        value = Annotated[value, mark]
    return value, Field(default=None, alias=info.alias, description=info.description)


if TYPE_CHECKING:
    Part: TypeAlias = Annotated[S, PartOfSection]
else:

    class Part:
        """``Part[Section]``: the section with every key optional."""

        def __class_getitem__(cls, whole: type[Section]) -> type[PartOfSection]:
            """Return the model of the part."""
            return _part(whole)
