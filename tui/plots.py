"""Plots as lines of cells, by plotext; loaded when a board is opened, in a worker.

Axes have only numbers: words are above a plot, set by the layout.
"""

import threading
from collections.abc import Sequence

import plotext

COLUMNS_MIN, ROWS_MIN = 16, 5
_NAME = 8  # cells of a bar's name, with the space around it
_AXIS = 8  # cells of the axis of values
_LOCK = threading.Lock()
"""Held while a plot is drawn: plotext has one figure for the whole program."""


def bars(
    values: Sequence[int], names: Sequence[str], columns: int, rows: int, *, rtl: bool
) -> list[str]:
    """Return a bar for each value as `rows` lines of `columns` cells.

    The names, Latin and short, are below if there is room for them; with `rtl` the
    first is on the right, like the axis of values. Empty if there is too little room
    for a plot.
    """
    if columns < COLUMNS_MIN or rows < ROWS_MIN or not values:
        return []
    shown = [*reversed(values)] if rtl else [*values]
    below = [*reversed(names)] if rtl else [*names]
    places = list(range(1, len(shown) + 1))
    every = -(-len(places) * _NAME // max(1, columns - _AXIS))
    ticks = places[::-1][::every][::-1] if not rtl else places[::every]
    side = "right" if rtl else "left"
    top = max(2, *values)
    with _LOCK:
        plotext.clear_figure()
        plotext.limit_size(False, False)  # noqa: FBT003 - it has no names for them
        plotext.plotsize(columns, rows)
        plotext.theme("clear")
        plotext.bar(places, shown, yside=side, marker="█", width=0.6)
        plotext.ylim(0, top, yside=side)
        plotext.yticks([0, top // 2, top], yside=side)
        plotext.xticks(ticks, [below[place - 1] for place in ticks])
        drawn = plotext.uncolorize(plotext.build())
    return [line[:columns].ljust(columns) for line in drawn.split("\n")[:rows]]
