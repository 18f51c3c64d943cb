"""What people read: the factsheet of a run, the page of a review, levels as a plot.

Reads results (`calculation`) and calculates figures of them; changes nothing. One file holds one
noun: `figures` and `holdings` are numbers, `drawing` is geometry, `words.toml` the labels,
`factsheet.html`, `review.html` and `factsheet.css` the pages. Plots need matplotlib, the pages do
not.
"""

from paasche.report.factsheet import factsheet, write_factsheet
from paasche.report.plots import plot
from paasche.report.review_page import review_page, write_review_files

__all__ = ["factsheet", "plot", "review_page", "write_factsheet", "write_review_files"]
