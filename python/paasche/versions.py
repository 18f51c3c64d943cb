"""What is installed: for a report of a fault, or beside a figure."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from paasche._core import __build_profile__, __version__

__all__ = ["show_versions", "versions"]


def versions() -> dict[str, str]:
    """Return the versions of paasche, Python, the machine, and everything paasche works with.

    Returns
    -------
    dict of str to str
        An optional dependency that is absent is "not installed".

    Examples
    --------
    >>> "numpy" in versions()
    True
    """
    found = {
        "paasche": f"{__version__} ({__build_profile__})",
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    requirements = metadata.requires("paasche") or []
    hard = [_name(one) for one in requirements if "extra ==" not in one]
    # What those who work on paasche need says nothing about a result.
    theirs = ("extra == 'dev'", "extra == 'bench'")
    used = [one for one in requirements if not one.endswith(theirs)]
    optional = [_name(one) for one in used if "extra ==" in one]
    for name in dict.fromkeys([*sorted(hard), *sorted(optional)]):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _name(requirement: str) -> str:
    """Return the distribution of a requirement such as ``numpy>=2.0 ; extra == 'x'``."""
    end = next((at for at, sign in enumerate(requirement) if sign in " <>=!~;[("), None)
    return requirement[:end]


def show_versions() -> None:
    """Print the versions of paasche, Python, the machine, and everything paasche works with."""
    found = versions()
    width = max(map(len, found))
    lines = [f"{name:<{width}}  {version}\n" for name, version in found.items()]
    sys.stdout.write("".join(lines))
