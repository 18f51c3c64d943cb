"""Where and with what a run was made: the machine, and the versions of both sides."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import paasche

PEERS = ("duckdb", "numba", "numpy", "pandas", "polars", "py-beacon-kit", "pyarrow", "scipy")
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def machine() -> dict[str, str | int | float]:
    """Return what the figures depend on and the run does not decide."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "huge_pages": _chosen(HUGE_PAGES),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def versions() -> dict[str, str]:
    """Return the versions of ours, of Python and of every peer."""
    found = {
        "paasche": f"{paasche.__version__} ({paasche.__build_profile__})",
        "python": platform.python_version(),
    }
    for name in PEERS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def now() -> str:
    """Return the time of the run, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _processor() -> str:
    """Return the name of the processor, and its own cache, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {name.strip(): value.strip() for name, value in told.items()}
    name = facts.get("model name", platform.machine())
    return f"{name}, cache {facts['cache size']}" if "cache size" in facts else name


def _chosen(path: Path) -> str:
    """Return the word in brackets of a file such as ``always [madvise] never``."""
    try:
        words = path.read_text(encoding="utf-8")
    except OSError:
        return "not told"
    return words.partition("[")[2].partition("]")[0]
