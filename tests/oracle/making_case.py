"""From a recipe to a case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from oracle.case import Case, Method, Tax
from oracle.making_baskets import make_baskets
from oracle.making_events import ex_effects, make_actions, make_prices
from oracle.making_ground import BEFORE, WORTH, make_fx, make_ground
from oracle.making_refusals import make_refused
from oracle.making_shares import make_shares

if TYPE_CHECKING:
    from oracle.case import Price
    from oracle.making_baskets import Baskets
    from oracle.making_ground import Ground
    from oracle.recipe import Recipe


def make_case(recipe: Recipe) -> Case:
    """Derive the whole case; the same recipe gives the same case."""
    ground = make_ground(recipe)
    baskets = make_baskets(recipe, ground)
    anchors = [baskets.base_date, *baskets.effective]
    anchors = [day for day in anchors if day in ground.weekdays]
    actions = make_actions(recipe, ground, baskets, anchors)
    prices, actions, status = make_prices(recipe, ground, baskets, actions, anchors)
    method = _method(recipe, ground, baskets)
    shares = []
    if method.holds_shares:
        effects = ex_effects(ground, actions)
        shares = make_shares(recipe, ground, effects, anchors, _worth(ground, prices))
    case = Case(
        method=method,
        end=max(row.date for row in prices),
        sessions=ground.sessions,
        securities=ground.securities,
        prices=tuple(prices),
        constituents=tuple(baskets.rows),
        shares=tuple(shares),
        actions=tuple(actions),
        fx=make_fx(recipe, ground),
        status=tuple(status) if recipe.has("status") else (),
        note=repr(recipe),
    )
    return make_refused(recipe, case)


def _worth(ground: Ground, prices: list[Price]) -> dict[str, float]:
    """About what a share is worth in index currency on the base date."""
    worth = {row.security: 10.0 for row in ground.securities}
    for row in prices:
        if row.date <= ground.weekdays[BEFORE]:
            quote = ground.by_name[row.security].currency
            worth[row.security] = float(row.close) * WORTH[quote] / WORTH[ground.currency]
    return worth


def _method(recipe: Recipe, ground: Ground, baskets: Baskets) -> Method:
    random = recipe.random("method")
    other = "CNY" if ground.currency == "HKD" else "HKD"
    variants = ["price", "total_return"]
    taxes: tuple[Tax, ...] = ()
    if recipe.has("net"):
        variants.append("net_total_return")
        taxes = _taxes(recipe, ground)
    caps = _caps(recipe, baskets)
    currencies = (ground.currency, other) if recipe.has("two versions") else (ground.currency,)
    return Method(
        base_date=baskets.base_date,
        currency=ground.currency,
        currencies=currencies,
        base_level=Decimal(random.choice(("1000", "2000", "100", "1000.5"))),
        calendar=recipe.calendar,
        variants=tuple(variants),
        scheme=recipe.scheme,
        lag=random.choice((5, 5, 5, 1, 2, 3, 6)),
        bands=_bands(recipe, baskets),
        inherit=random.choice(("last_real_close", "last_real_close", "deletion_price")),
        missing="error" if recipe.has("status") else random.choice(("error", "warn")),
        taxes=taxes,
        **caps,
    )


def _caps(recipe: Recipe, baskets: Baskets) -> dict[str, object]:
    """Caps that bind and can mostly be met by the smallest basket of a review."""
    if recipe.caps == "none" or recipe.scheme not in {"free_float", "total"}:
        return {}
    random = recipe.random("caps")
    fewest = min(baskets.review_sizes)
    single = _up(random.choice((1.02, 1.2, 1.2, 1.5, 1.5, 2.2)) / fewest)
    if random.random() < 0.1 and 100 % fewest == 0:
        single = Decimal(1) / fewest  # every weight is the cap
    if recipe.caps == "single" or fewest < 7:
        return {"single_cap": single}
    lifted = recipe.caps == "lifted"
    room = 1 - 5 / fewest
    top = _up(5 / fewest + room * random.choice((0.15, 0.25, 0.4) if lifted else (0.4, 0.5, 0.6)))
    caps: dict[str, object] = {"top_five_cap": top}
    if recipe.caps != "top":
        caps["single_cap"] = max(single, _up(float(top) / 5 * random.choice((1.0, 1.1, 1.4))))
    if lifted:
        caps["infeasible"] = "lift_fifth"
    if random.random() < 0.3:
        caps["top_test"] = "after_single_cap"
    return caps


def _up(number: float) -> Decimal:
    """Three decimals, at most 1."""
    return min(Decimal(int(number * 1000) + 1).scaleb(-3), Decimal(1))


def _bands(recipe: Recipe, baskets: Baskets) -> tuple[tuple[date | None, str], ...]:
    if not recipe.has("dated bands"):
        return ((None, "ces-2023"),)
    random = recipe.random("bands")
    day = random.choice(baskets.effective) + timedelta(days=random.choice((0, 0, 1, -1, 5)))
    return ((date(2000, 1, 3), "csi-2010"), (day, "ces-2023"))


def _taxes(recipe: Recipe, ground: Ground) -> tuple[Tax, ...]:
    """A rate for each country, exchange and kind; now and then another from some later day."""
    random = recipe.random("taxes")
    taxes = []
    for country, exchange in sorted({(row.country, row.exchange) for row in ground.securities}):
        for kind in ("cash_dividend", "special_dividend"):
            rate = Decimal(random.choice(("0", "0.1", "0.1", "0.05", "0.25")))
            taxes.append(Tax(country, exchange, kind, rate, date(2000, 1, 1)))
            if random.random() < 0.3:
                day = random.choice(ground.weekdays[BEFORE:-20])
                taxes.append(Tax(country, exchange, kind, Decimal("0.2"), day))
    return tuple(taxes)
