"""The worked equity numbers of SPEC part C, written as cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from oracle.case import (
    Action,
    Case,
    Member,
    Method,
    Price,
    Rate,
    Security,
    Snapshot,
)

A, B, C, H = "600001.SH", "600002.SH", "600003.SH", "00700.HK"
BASE, DAY_1, DAY_2 = date(2026, 5, 11), date(2026, 5, 12), date(2026, 5, 13)
DAY_3 = date(2026, 5, 14)


def weekdays(start: date, end: date, *closed: date) -> tuple[date, ...]:
    """Return Monday to Friday between two days, both included, without the closed ones."""
    count = (end - start).days + 1
    days = (start + timedelta(days=n) for n in range(count))
    return tuple(day for day in days if day.weekday() < 5 and day not in closed)


YEAR = weekdays(date(2026, 1, 1), date(2026, 12, 31))


def prices(security: str, *closes: tuple[date, str]) -> tuple[Price, ...]:
    return tuple(Price(day, security, Decimal(close)) for day, close in closes)


def worked_basket() -> Case:
    """W1 to W4: the members of the source's banding example, two sessions after the base date."""
    return Case(
        method=Method(base_date=BASE),
        end=DAY_2,
        sessions={"XSHG": YEAR},
        securities=tuple(Security(name, "XSHG", "CNY") for name in (A, B, C)),
        prices=(
            *prices(A, (BASE, "10"), (DAY_1, "11"), (DAY_2, "11")),
            *prices(B, (BASE, "20"), (DAY_1, "19"), (DAY_2, "18")),
            *prices(C, (BASE, "30"), (DAY_1, "31.5"), (DAY_2, "31.2")),
        ),
        constituents=tuple(Member(BASE, name) for name in (A, B, C)),
        shares=(
            Snapshot(A, BASE, 100_000, 11_200),
            Snapshot(B, BASE, 8_000, 3_500),
            Snapshot(C, BASE, 5_000, 4_100),
        ),
        actions=(
            Action(B, DAY_2, "rights", ratio=Decimal("0.2"), price=Decimal(12)),
            Action(C, DAY_2, "cash_dividend", cash=Decimal("0.5")),
        ),
    )


def two_currencies(*, dividend: bool = True) -> Case:
    """W5: an A share in CNY and an H share in HKD that pays 1 HKD."""
    paid = Action(H, DAY_1, "cash_dividend", cash=Decimal(1), currency="HKD")
    return Case(
        method=Method(base_date=BASE, scheme="total"),
        end=DAY_1,
        sessions={"XSHG": YEAR, "XHKG": YEAR},
        securities=(Security(A, "XSHG", "CNY"), Security(H, "XHKG", "HKD")),
        prices=(
            *prices(A, (BASE, "10"), (DAY_1, "10.1")),
            *prices(H, (BASE, "50"), (DAY_1, "49.5")),
        ),
        constituents=(Member(BASE, A), Member(BASE, H)),
        shares=(Snapshot(A, BASE, 12_000), Snapshot(H, BASE, 2_000)),
        actions=(paid,) if dividend else (),
        fx=(Rate(BASE, "HKDCNY", Decimal("0.92")), Rate(DAY_1, "HKDCNY", Decimal("0.93"))),
    )


def deferral(*steps: tuple[date, int], bonus: date | None = None) -> Case:
    """W6: one name of 1,000,000,000 shares at price 1, so the index value is its share count.

    `steps` are share changes: (listing session, change in shares). The review is that of June 2026.
    The ten-for-ten bonus, if there is one, doubles what later snapshots state.
    """
    base, review = date(2026, 3, 2), date(2026, 6, 15)
    snapshots = [Snapshot(A, base, 1_000_000_000)]
    held = 1_000_000_000
    actions = ()
    if bonus is not None:
        actions = (Action(A, bonus, "bonus", ratio=Decimal(1)),)
    for day, change in steps:
        held += change
        scale = 2 if bonus is not None and bonus <= day else 1
        snapshots.append(Snapshot(A, day, held * scale))
    return Case(
        method=Method(base_date=base, scheme="total", variants=("price",)),
        end=date(2026, 6, 16),
        sessions={"XSHG": YEAR},
        securities=(Security(A, "XSHG", "CNY"),),
        prices=tuple(
            Price(day, A, Decimal(1) if bonus is None or day < bonus else Decimal("0.5"))
            for day in YEAR
            if base <= day <= date(2026, 6, 16)
        ),
        constituents=(Member(base, A), Member(review, A)),
        shares=tuple(snapshots),
        actions=actions,
    )


def deletion(*, resumes: bool = False) -> Case:
    """W7: after W2, A is suspended after a negative event and leaves on day 3 at 0.00001.

    The eve, day 2, has the closes of W2; `resumes` lets A trade again on it.
    """
    case = worked_basket()
    return replace(
        case,
        end=DAY_3,
        prices=(
            *prices(A, (BASE, "10"), (DAY_1, "11"), *([(DAY_2, "2")] if resumes else [])),
            *prices(B, (BASE, "20"), (DAY_1, "19"), (DAY_2, "19"), (DAY_3, "19")),
            *prices(C, (BASE, "30"), (DAY_1, "31.5"), (DAY_2, "31.5"), (DAY_3, "31.5")),
        ),
        actions=(Action(A, DAY_3, "delisting", price=Decimal("0.00001")),),
    )
