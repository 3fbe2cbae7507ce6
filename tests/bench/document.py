"""What a report consists of, however it is shown: page.py makes HTML of it, markdown.py Markdown.

Texts are plain, but for `code` between backticks.
"""

from dataclasses import dataclass, field


@dataclass
class Paragraph:
    """A paragraph."""

    text: str


@dataclass
class Facts:
    """Pairs of a name and what it is."""

    pairs: list


@dataclass
class Cell:
    """A cell that is marked: "good", "bad" or "note"."""

    text: str
    mark: str = ""


@dataclass
class Table:
    """A table. Its first column names the rows; of the others those are text that `texts` names,
    and the rest are numbers. Cells are strings or Cells. One that is long and seldom read is
    folded: only its caption is to be seen at first."""

    columns: list
    rows: list
    texts: tuple = ()
    caption: str = ""
    is_folded: bool = False


@dataclass
class Series:
    """A line of a plot: points (x, y), with the number of its colour and that of its marker."""

    name: str
    points: list
    colour: int
    marker: int
    is_dashed: bool = False


@dataclass
class Lines:
    """A plot of lines. `ticks` are pairs of a value of x and its label; none: as gnuplot likes.
    `y_values`: for these there must be room, if they are not only the plot's own."""

    title: str
    x_label: str
    y_label: str
    series: list
    log_x: bool = False
    log_y: bool = False
    ticks: list = field(default_factory=list)
    y_values: list = field(default_factory=list)


@dataclass
class Bars:
    """A plot of bars: triples of a label, a value and the number of a colour."""

    title: str
    unit: str
    bars: list


@dataclass
class Figure:
    """Plots that belong together, with a caption that says what is to be seen, and under which
    condition."""

    name: str
    caption: str
    plots: list


@dataclass
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: list


@dataclass
class Report:
    """All of it. `tiles` are pairs of a number and what it is."""

    title: str
    headline: str
    tiles: list
    sections: list


def plot_table(plot, number):
    """The values of a plot as a table; `number` makes a string of a value."""
    if isinstance(plot, Bars):
        rows = [[label, number(value)] for label, value, _ in plot.bars]
        return Table([plot.title, plot.unit], rows)
    labels = dict(plot.ticks)
    places = sorted({x for series in plot.series for x, _ in series.points})
    head = [plot.x_label] + [labels.get(x, number(x)) for x in places]
    rows = []
    for series in plot.series:
        values = dict(series.points)
        rows.append([series.name] + [number(values.get(x)) for x in places])
    return Table(head, rows, caption=f"{plot.title}: {plot.y_label}")
