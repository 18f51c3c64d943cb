"""The screens of a review: what is known of each security, and which figure keeps it out."""

from __future__ import annotations
