"""The defects that a vendor's frames are refused with."""

import pytest

from paasche import market
from paasche.errors import InputError


def defects(vendor, **given):
    with pytest.raises(InputError) as caught:
        getattr(market, f"from_{vendor}")(**given)
    assert str(caught.value).startswith(f"from_{vendor}: {len(caught.value.defects)} defect")
    return [str(defect) for defect in caught.value.defects]


def only_defect(vendor, **given):
    (line,) = defects(vendor, **given)
    return line
