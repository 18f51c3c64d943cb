"""The words a market may use: exchanges, currencies, kinds of corporate action, statuses.

Closed lists are data, so that a misspelt word is an error that names the nearest known one and
never a row that quietly has no effect.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ACTION_KINDS",
    "BOARDS",
    "COLLOQUIAL",
    "CONSTITUENT_KINDS",
    "CURRENCIES",
    "DECISIONS",
    "EXCHANGES",
    "EXITS",
    "HOLDER_CLASSES",
    "MEMBERSHIP_KINDS",
    "OPINIONS",
    "PRICE_TERMS",
    "REASONS",
    "SHARE_CLASSES",
    "STATUSES",
    "VENUES",
    "Exchange",
    "nearest",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A stock exchange whose codes paasche understands.

    Attributes
    ----------
    mic : str
        Market identifier code (ISO 10383).
    venue : str
        The two letters of the canonical code, ``SH`` in ``600519.SH``.
    digits : int
        How many digits its codes have.
    sessions_of : str
        The exchange whose sessions it keeps.
    """

    mic: str
    venue: str
    digits: int
    sessions_of: str


EXCHANGES: dict[str, Exchange] = {
    mic: Exchange(mic=mic, venue=venue, digits=digits, sessions_of=sessions_of)
    for mic, venue, digits, sessions_of in (
        ("XSHG", "SH", 6, "XSHG"),
        ("XSHE", "SZ", 6, "XSHG"),
        ("BJSE", "BJ", 6, "XSHG"),
        ("XHKG", "HK", 5, "XHKG"),
    )
}
VENUES: dict[str, Exchange] = {exchange.venue: exchange for exchange in EXCHANGES.values()}

SHARE_CLASSES = ("A", "B", "H", "CDR")
BOARDS = ("main", "star", "chinext", "bse")
HOLDER_CLASSES = ("insider", "state", "strategic", "employee", "other")
STATUSES = ("suspended", "risk_warning", "delisting_warning", "connect", "sell_only")
REASONS = ("ordinary", "material_negative_event")
OPINIONS = ("unqualified", "emphasis", "qualified", "disclaimer", "adverse")
CONSTITUENT_KINDS = ("review", "interim")
DECISIONS = (
    "exclude",
    "admit",
    "delete_first",
    "keep",
    "withdraw",
    "remove",
    "add",
    "price",
    "shares",
    "factor",
    "pass_through",
)
ACTION_KINDS = (
    "cash_dividend",
    "special_dividend",
    "bonus",
    "rights",
    "split",
    "spin_off",
    "merger",
    "tender",
    "delisting",
    "bankruptcy",
)

EXITS = ("bankruptcy", "delisting", "merger")
"""Kinds of corporate action that end a membership."""

MEMBERSHIP_KINDS = (*EXITS, "spin_off")
"""Kinds of corporate action that change who is held."""

PRICE_TERMS = {
    "cash_dividend": "cash",
    "special_dividend": "cash",
    "bonus": "bonus",
    "rights": "rights",
    "split": "split",
}
"""Kinds that move a reference price by terms of their own, and what the core calls them (R63)."""

# ISO 4217 currencies in circulation, the ones the euro replaced since 1999, and offshore renminbi.
_CURRENCIES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    ATS BEF CYP DEM EEK ESP FIM FRF GRD IEP ITL LTL LUF LVL MTL NLG PTE SIT SKK
"""
CURRENCIES = frozenset(_CURRENCIES.split())

COLLOQUIAL = {
    "BSE": "BJSE",
    "HKEX": "XHKG",
    "HKG": "XHKG",
    "RMB": "CNY",
    "SEHK": "XHKG",
    "SH": "XSHG",
    "SHSE": "XSHG",
    "SSE": "XSHG",
    "SZ": "XSHE",
    "SZSE": "XSHE",
}
"""What people and vendors call an exchange or a currency, for a message that corrects them."""


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word most like `word`, or None where none comes close.

    Case does not count: ``XSHG`` is the nearest known word to ``xshg``.
    """
    by_lower = {option.lower(): option for option in known}
    if not by_lower:
        return None
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None
