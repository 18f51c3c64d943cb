"""A good methodology, and what the same text says once it is broken."""

from __future__ import annotations

import pytest

from paasche.errors import InputError
from paasche.methodology import Methodology

GOOD = """\
schema_version = 1

[index]
code = "CES120"
name = "CES China 120"
currency = "CNY"
currencies = ["CNY", "HKD"]
base_date = 2004-12-31
base_level = 2000.0
variants = ["price", "total_return"]

[universe]
constituents = "table"

[weighting]
scheme = "free_float"
free_float_bands = "ces-2023"
single_cap = 0.10
top_five_cap = 0.40
lag = 5
"""


@pytest.fixture(scope="session")
def good():
    return GOOD


@pytest.fixture(scope="session")
def complaints():
    def read(text):
        with pytest.raises(InputError) as caught:
            Methodology.from_toml(text, place="bad.toml")
        assert all(defect.place == "bad.toml" for defect in caught.value.defects)
        lines = (str(defect) for defect in caught.value.defects)
        return [line.removeprefix("bad.toml").lstrip() for line in lines]

    return read


@pytest.fixture(scope="session")
def broken(complaints):
    def replace(*changes):
        text = GOOD
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return complaints(text)

    return replace
