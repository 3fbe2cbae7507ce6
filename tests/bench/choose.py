"""To choose figures for a plot, and to make lines of them."""

from document import Series
from results import cost, find, machine_words, parameter

COLOURS, MARKERS = 5, 7  # that there are: see report.css and chart.py
# Colour and marker of the ways to do the same, alike in all plots.
WAYS = {
    "switch": (1, 0), "vas": (1, 0), "endpoint": (2, 1), "copy": (2, 1), "gate": (3, 2),
    "copy-block": (4, 3), "remap": (4, 3), "mapped": (5, 4),
}
# Parameters that were found, not given, and one that follows from another.
NO_CHOICE = ("asked", "lock_waits", "window_bytes")
TICKS = 6  # that have room


def first_with(groups, bench, accept=lambda key: True):
    """The first machine that has figures of a benchmark: its key and those figures."""
    for key, rows in groups.items():
        found = find(rows, bench)
        if found and accept(key):
            return key, found
    return None, []


def condition(key):
    """Of which machine figures are, as the end of a caption."""
    return f"{machine_words(key)}, commit {key[3] or 'unknown'}."


def varying(rows, without):
    """The parameters in which figures differ, but for some."""
    names = dict.fromkeys(name for row in rows for name in row["params"])
    return [name for name in names if name not in without + NO_CHOICE
            and len({str(row["params"].get(name)) for row in rows}) > 1]


def lines_over(rows, x, value=cost):
    """A line for each combination of the parameters other than x."""
    names = varying(rows, (x,))
    lines = {}
    for row in rows:
        rest = tuple((name, row["params"].get(name, False)) for name in names)
        lines.setdefault(rest, []).append((row["params"][x], value(row)))
    series, used = [], set()
    for place, (rest, points) in enumerate(lines.items()):
        look = WAYS.get(dict(rest).get("way"), (place % COLOURS + 1, place % MARKERS))
        name = ", ".join(value if name == "way" else parameter(name, value) for name, value in rest)
        series.append(Series(name or "Vasco", points, *look, look in used))
        used.add(look)
    return series


def only(rows, **params):
    """The figures that have these parameters."""
    return [row for row in rows if all(row["params"].get(k) == v for k, v in params.items())]


def values_of(rows, name):
    """What a parameter is in some figures, in order."""
    return sorted({row["params"][name] for row in rows if name in row["params"]})


def ticks_of(values, words=str):
    """Ticks at these values, or at every second one."""
    step = 1 if len(values) <= TICKS else 2
    return [(value, words(value)) for value in values[::step]]


def share_y(plots):
    """Let plots have the same values of y, so that they can be compared."""
    values = [y for plot in plots for series in plot.series for _, y in series.points]
    for plot in plots:
        plot.y_values = values
