"""Rule tables: the numbers of the rulebooks, read from the TOML files beside these modules.

Each file holds one kind of table and each table has a name, the day from which its source states it
(``valid_from``) and the source itself (R58). The standard library is enough here, so that array
functions can look up a band table without loading the methodology models.
"""

from __future__ import annotations

from paasche.methodology.tables.bands import BandTable, band_tables
from paasche.methodology.tables.review_rules import ReviewRules, review_rules
from paasche.methodology.tables.rules import ShareRules, share_rules
from paasche.methodology.tables.withholding import (
    WithholdingEntry,
    WithholdingTable,
    withholding_tables,
)

__all__ = [
    "BandTable",
    "ReviewRules",
    "ShareRules",
    "WithholdingEntry",
    "WithholdingTable",
    "band_tables",
    "review_rules",
    "share_rules",
    "withholding_tables",
]
