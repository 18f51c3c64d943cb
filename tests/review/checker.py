"""An independent check of a rule-driven run: what raw tables and written rules say it must be.

Each check yields findings, one text each; a run without findings is as the rules have it. Nothing
here imports paasche: prices and shares come from `raw_values`, caps from the exact oracle.
"""

from __future__ import annotations

from review import checked_levels, checked_membership, checked_reviews

CHECKS = (
    checked_levels.levels_that_do_not_follow,
    checked_levels.broken_continuity,
    checked_levels.values_that_do_not_add_up,
    checked_membership.counts_without_a_reason,
    checked_membership.changes_without_a_reason,
    checked_membership.members_that_are_gone,
    checked_membership.wrong_monthly_removals,
    checked_membership.draws_out_of_order,
    checked_reviews.averages_that_differ,
    checked_reviews.reviews_that_choose_otherwise,
    checked_reviews.weights_off_the_caps,
)


def findings(run):
    """Return everything that is not as the rules have it, with the check that says so."""
    return [f"{check.__name__}: {one}" for check in CHECKS for one in check(run)]
