"""What people read of a run: the factsheet as a page, levels as a plot.

Reads results (`calculation`) and calculates figures of them; changes nothing. One file holds one
noun: `figures` and `holdings` are numbers, `drawing` is geometry, `words.toml` the labels,
`factsheet.html` and `factsheet.css` the page. Plots need matplotlib, the factsheet does not.
"""

from paasche.report.factsheet import factsheet, write_factsheet
from paasche.report.plots import plot

__all__ = ["factsheet", "plot", "write_factsheet"]
