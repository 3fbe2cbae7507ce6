"""Plots as SVG that stands in a page, by gnuplot.

gnuplot knows no CSS. So it draws with colours that stand for others, which are replaced by the
page's variables (--series-1 and so on), and what it draws black becomes the colour of the text: the
plot is dark or light with the page. A plot is as wide as a phone, so that it need not be
made smaller there; legends, captions and what y is are the page's.
"""

import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as tree

from document import Bars

WIDTH, HEIGHT = 340, 250
ROW, DIGIT = 40, 8  # of a plot of bars: how high one is, how wide a digit
MARKERS = (7, 5, 9, 13, 11, 4, 6)  # gnuplot's point types: see MARKS in page.py
STAND_IN = 0x010100  # + N stands for --series-N; itself for --grid
SVG = "{http://www.w3.org/2000/svg}"
COLOURS = ("stroke", "fill", "color")
LINK = "{http://www.w3.org/1999/xlink}href"


class MissingTool(Exception):
    """There is no gnuplot."""


def quote(text):
    """A string of gnuplot's."""
    return "'" + text.replace("'", "''") + "'"


def head(height):
    """What all plots have in common."""
    grid = f"lc rgb {STAND_IN} lw 1 lt 1"
    return [
        f"set terminal svg size {WIDTH},{height} dynamic noenhanced font 'sans,12'",
        "set encoding utf8", "set key off", "set tics scale 0.5,0 nomirror", "set border 0",
        f"set grid back {grid}, {grid}",
    ]


def y_range(plot):
    """The range of y: from 0, or in whole powers of ten."""
    values = plot.y_values or [y for series in plot.series for _, y in series.points]
    if not plot.log_y:
        return f"0:{max(values) * 1.1 or 1}"
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return f"1e{low}:1e{max(high, low + 1)}"


def axes_script(plot):
    """The axes of a plot of lines."""
    places = [x for series in plot.series for x, _ in series.points]
    low, high = min(places), max(places)
    factor = (high / low) ** 0.04 if plot.log_x and high > low else 1.1
    margin = (high - low) * 0.04 or 1
    ends = (low / factor, high * factor) if plot.log_x else (low - margin, high + margin)
    script = [f"set xlabel {quote(plot.x_label)}", f"set xrange [{ends[0]}:{ends[1]}]"]
    script += ["set border 1", "set grid noxtics", "set tmargin 0.5"]
    script += ["set logscale x"] if plot.log_x else []
    script += ["set logscale y", "set format y '%.0s%c'"] if plot.log_y else []
    script.append(f"set yrange [{y_range(plot)}]")
    if plot.ticks:
        ticks = ", ".join(f"{quote(label)} {x}" for x, label in plot.ticks)
        script.append(f"set xtics ({ticks})")
    return script


def lines_script(plot):
    """A plot of lines."""
    script = head(HEIGHT) + axes_script(plot)
    drawn = []
    for place, series in enumerate(plot.series):
        points = [f"{x} {y}" for x, y in sorted(series.points)]
        script += [f"$data{place} << END", *points, "END"]
        drawn.append(f"$data{place} using 1:2 with linespoints lw 2 ps 0.7"
                     f" lc rgb {STAND_IN + series.colour} pt {MARKERS[series.marker]}"
                     f" dt {'(6,4)' if series.is_dashed else 1}")
    return script + ["plot " + ", ".join(drawn)]


def bars_script(plot, number):
    """A plot of bars that lie, each with its label above and its value behind."""
    script = head(ROW * len(plot.bars))
    most = max(value for _, value, _ in plot.bars) or 1
    room = WIDTH - DIGIT * (len(number(most)) + 2)
    script += [f"set xrange [0:{most * WIDTH / room}]", "unset tics", "unset border",
               f"set yrange [{len(plot.bars) - 0.5}:-0.5]", "set margins 0, 0, 0, 0",
               "set style fill solid noborder"]
    data = []
    for place, (label, value, series) in enumerate(plot.bars):
        data.append(f"{value / 2} {place + 0.22} {value / 2} 0.16 {STAND_IN + series}")
        script.append(f"set label {quote(label)} at 0,{place - 0.2} front")
        shown = quote(number(value))
        script.append(f"set label {shown} at {value},{place + 0.22} offset 0.6 front")
    return script + ["$data << END", *data, "END",
                     "plot $data using 1:2:3:4:5 with boxxyerror lc rgb variable"]


def themed(value):
    """A colour of gnuplot's, as the page has it; nothing if the page's own is to be used."""
    named = re.fullmatch(r"rgb\(\s*1,\s*1,\s*(\d+)\)", value)
    if named:
        place = int(named.group(1))
        return f"var(--series-{place})" if place else "var(--grid)"
    return "currentColor" if value == "black" else value


def clean(element, name):
    """Take from an element what does not belong in a page, and make its ids the plot's own."""
    element.tag = element.tag.removeprefix(SVG)
    for child in list(element):
        if child.tag in (SVG + "title", SVG + "desc", SVG + "filter"):
            element.remove(child)
        else:
            clean(child, name)
    given = dict(element.attrib)
    element.attrib.clear()
    for key, value in given.items():
        if key == "id":
            value = f"{name}-{value}"
        elif key == LINK:
            key, value = "href", f"#{name}-{value[1:]}"
        elif key in COLOURS:
            value = themed(value)
        if key != "font-family" and not (key == "color" and value in ("currentColor", "white")):
            element.set(key, value)
    if not (element.text or "").strip():
        element.text = None
    element.tail = None


def draw(plot, name, number):
    """A plot as an SVG element; `name` is its own in the page."""
    if not shutil.which("gnuplot"):
        raise MissingTool("gnuplot is missing: run ./setup")
    script = bars_script(plot, number) if isinstance(plot, Bars) else lines_script(plot)
    done = subprocess.run(["gnuplot"], input="\n".join(script) + "\n", capture_output=True,
                          text=True, check=True)
    root = tree.fromstring(done.stdout)
    clean(root, name)
    root.set("role", "img")
    root.set("aria-label", plot.title)
    return tree.tostring(root, encoding="unicode")
