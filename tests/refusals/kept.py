"""Messages kept in text files, one file a family, one section a case.

After a change of words, `PAASCHE_REFRESH=1 python -m pytest tests/refusals -p no:xdist` writes them
anew; what changed shows in the diff and is read there as a user would read it.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["keep", "kept"]

FOLDER = Path(__file__).with_name("messages")
_SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n)*)", re.MULTILINE)


def kept(family: str) -> dict[str, str]:
    """Return the messages of a family by case."""
    path = FOLDER / f"{family}.txt"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {name: message.strip("\n") + "\n" for name, message in _SECTION.findall(text)}


def keep(family: str, purpose: str, cases: list[str], name: str, message: str) -> None:
    """Write the message of one case; sections without a case go."""
    messages = {**kept(family), name: message.strip("\n") + "\n"}
    sections = [f"## {case}\n{messages[case]}" for case in cases if case in messages]
    FOLDER.mkdir(exist_ok=True)
    text = "\n".join([f"# {purpose}\n", *sections])
    (FOLDER / f"{family}.txt").write_text(text, encoding="utf-8")
