"""Who is in, and when: reviews and interim changes, from the rules alone (R1 to R34).

``dates`` know sessions, ``panels`` what there is to measure, ``screening`` who may be, ``choice``
who is chosen, ``interim`` what happens between reviews. A :mod:`~paasche.review.proposal` is one
review; the :mod:`~paasche.review.walk` goes through the days and leaves the
:mod:`~paasche.review.history`.
"""

from __future__ import annotations
