"""The words of the page: a table of labels, each in every language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "Words"]

LANGUAGES = {"en": "en", "zh": "zh-Hans"}
"""Languages of the page, and how HTML calls them."""


class Words:
    """The labels of the page in one language.

    Parameters
    ----------
    lang : {"en", "zh"}

    Raises
    ------
    InputError
        No such language.

    Examples
    --------
    >>> say = Words("zh")
    >>> say("page", "returns"), say.name("calendar", "XSHG")
    ('收益表现', 'XSHG')
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise InputError(f'lang = "{lang}": must be one of {", ".join(LANGUAGES)}')
        self.lang = lang
        self.html_lang = LANGUAGES[lang]

    def __call__(self, section: str, key: str, **filled: object) -> str:
        """Return a label; ``filled`` goes into its braces."""
        label = _table()[section][key][self.lang]
        return label.format(**filled) if filled else label

    def name(self, section: str, key: str) -> str:
        """Return the label of a word of the data; one without a label stays as it is."""
        return self(section, key) if key in _table()[section] else key


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = files("paasche.report").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
