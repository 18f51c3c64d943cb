"""What to say of a key that is missing, and of one that is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from paasche.methodology.aliases import meant_key, nearest_key
from paasche.methodology.parts import PartOfSection
from paasche.methodology.section import Keys, Section, keys_of, nested
from paasche.methodology.text import as_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

__all__ = ["description", "misspelt", "required", "said", "unknown"]

# A key after the name of a section belongs to that section.
_AT_THE_TOP = " above the first section"
_IN_A_CHANGE = len(("change", 0, "key"))


def required(model: type[Section], keys: Keys) -> str:
    """Return what to do about a key that is missing."""
    *_, section = _sections(model, keys)
    info = keys_of(section).get(str(keys[-1]))
    at_the_top = len(keys) == 1
    if at_the_top and info is not None and nested(info.annotation) is not None:
        mend = f"add a section [{keys[-1]}]"
    else:
        where = _AT_THE_TOP if at_the_top else ""
        mend = f"add {keys[-1]} = {_only_value(info) or '…'}{where}"
    meaning = said(model, keys)
    return f"must be given; {mend}" + (f" ({meaning})" if meaning else "")


def _only_value(info: FieldInfo | None) -> str:
    """Return the value of a key that takes just one."""
    values = get_args(info.annotation) if info and get_origin(info.annotation) is Literal else ()
    return as_toml(values[0]) if len(values) == 1 else ""


def misspelt(model: type[Section], keys: Keys, strangers: Iterable[Keys]) -> bool:
    """Return whether a missing key is there under a name like it, or within a section.

    Parameters
    ----------
    model : type of Section
        What was validated.
    keys : tuple of str and int
        The missing key.
    strangers : iterable of keys
        The unknown ones.
    """
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


def unknown(model: type[Section], keys: Keys) -> str:
    """Return what to do about a key that the section does not know."""
    *_, section = _sections(model, keys)
    key, known = str(keys[-1]), list(keys_of(section))
    if keys[0] == "change" and (fixed := _fixed(model, section, keys)):
        return fixed
    if key in keys_of(model) and nested(keys_of(model)[key].annotation) is None:
        return f"must stand outside the sections; move it{_AT_THE_TOP}"
    close = _nearest(model, keys)
    if close is not None:
        return f"must be a known key; the nearest is {close}"
    plain = f"must be a known key ({', '.join(known)}); write the one that is meant, or remove it"
    return _elsewhere(model, keys) or plain


def _fixed(model: type[Section], section: type[Section], keys: Keys) -> str:
    """Return what to say of a key that no change can change; nothing for another one."""
    key, known = str(keys[-1]), list(keys_of(section))
    if issubclass(section, PartOfSection) and key in section.whole.lasting:
        return "must be left out of a change; it holds for the life of the index"
    if len(keys) == _IN_A_CHANGE and key in keys_of(model):
        return f"must be left out of a change; its sections are {', '.join(known[2:])}"
    return ""


def _elsewhere(model: type[Section], keys: Keys) -> str:
    """Return in which section a key stands, or what it stands for there."""
    key, change = str(keys[-1]), "change." if keys[0] == "change" else ""
    parts = {
        name: list(keys_of(part))
        for name, info in keys_of(model).items()
        if name != "change" and (part := nested(info.annotation)) is not None
    }
    owners = [f"[{change}{name}]" for name, theirs in parts.items() if key in theirs]
    if owners:
        return f"must stand in another section; move it to {' or '.join(owners)}"
    meant = {name: word for name, theirs in parts.items() if (word := meant_key(key, theirs))}
    name = next(iter(meant), None)
    return f"must be a known key; write {meant[name]} in [{change}{name}]" if name else ""


def _sections(model: type[Section], keys: Keys) -> Iterator[type[Section]]:
    """Yield the sections on the way to a key, outermost first."""
    yield model
    for key in keys[:-1]:
        info = keys_of(model).get(str(key))
        section = nested(info.annotation) if info else None
        if section is not None:
            model = section
            yield model


def description(model: type[Section], keys: Keys) -> str:
    """Return what the model says about a key; nothing for one it does not know."""
    *_, section = _sections(model, keys)
    info = keys_of(section).get(str(keys[-1])) if keys else None
    return (info.description if info else None) or ""


def said(model: type[Section], keys: Keys) -> str:
    """Return the first sentence of what the model says about a key, to stand in a sentence."""
    text = re.sub(r" \([A-Z][^)]*\)", "", description(model, keys)).split(". ")[0].split(";")[0]
    return (text[0].lower() + text[1:].rstrip(".").replace("\n", " ")) if text else ""
