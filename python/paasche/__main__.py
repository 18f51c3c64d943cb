"""``python -m paasche``: the command without the script."""

from __future__ import annotations

from paasche.cli import main

if __name__ == "__main__":
    main()
