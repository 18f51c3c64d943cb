"""Who is in, and when: the calendar arithmetic of reviews and interim changes.

:mod:`paasche.review.schedule` works on the sessions it is given and knows no market.
"""

from __future__ import annotations
