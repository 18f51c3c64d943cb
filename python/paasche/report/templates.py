"""Templates of the pages, with the numbers as pages print them and the style they share."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from paasche.report import formats

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["render"]


def render(template: str, content: Mapping[str, object], **more: object) -> str:
    """Return a page without scripts and outside resources.

    Parameters
    ----------
    template : str
        File of this room.
    content : mapping of str to object
        What the template sets, by name.
    **more
        The same.
    """
    environment = Environment(
        loader=FunctionLoader(_file),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        level=formats.level, number=formats.number, percent=formats.percent, change=formats.change
    )
    page = environment.get_template(template).render(
        content,
        style=Markup(_file("factsheet.css")),  # noqa: S704  (of this package)
        count=formats.count,
        **more,
    )
    return f"{page.rstrip()}\n"


def _file(name: str) -> str:
    return files("paasche.report").joinpath(name).read_text(encoding="utf-8")
