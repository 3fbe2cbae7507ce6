"""A report as one HTML page that needs nothing else: styles and plots stand in it."""

import html
import os
import re

import chart
from document import Cell, Facts, Figure, Lines, Paragraph, Table, plot_table
from results import number

TEXT = ' class="text"'
HERE = os.path.dirname(os.path.abspath(__file__))
# What gnuplot's markers look like, for the legends: see MARKERS in chart.py.
MARKS = (
    '<circle cx="20" cy="6" r="4" fill="currentColor"/>',
    '<rect x="16" y="2" width="8" height="8" fill="currentColor"/>',
    '<path d="M20 1L25 10H15z" fill="currentColor"/>',
    '<path d="M20 0L26 6L20 12L14 6z" fill="currentColor"/>',
    '<path d="M20 11L25 2H15z" fill="currentColor"/>',
    '<rect x="16" y="2" width="8" height="8" fill="none" stroke="currentColor"/>',
    '<circle cx="20" cy="6" r="4" fill="none" stroke="currentColor"/>',
)


def text(words):
    """Text as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(str(words), quote=False))


def anchor(title):
    """The id of a heading."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def cell_html(value, is_text):
    """A cell of a table that does not name its row."""
    value = value if isinstance(value, Cell) else Cell(value)
    short = "short" if is_text and len(value.text) < 24 else ""
    names = " ".join(filter(None, ("text" if is_text else "", short, value.mark)))
    start = f'<td class="{names}">' if names else "<td>"
    return f"{start}{text(value.text)}</td>"


def table_html(table):
    """A table in a box of its own, which is what scrolls on a phone."""
    texts = [name in table.texts for name in table.columns]
    head = "".join(f'<th scope="col"{is_text * TEXT}>{text(name)}</th>'
                   for name, is_text in zip(table.columns, texts))
    rows = []
    for first, *others in table.rows:
        cells = "".join(map(cell_html, others, texts[1:]))
        name = first.text if isinstance(first, Cell) else first
        rows.append(f'<tr><th scope="row">{text(name)}</th>{cells}</tr>')
    shown = table.caption and not table.is_folded
    caption = f"<caption>{text(table.caption)}</caption>" if shown else ""
    body = "\n".join(rows)
    box = (f'<div class="scroll" tabindex="0"><table>{caption}<thead><tr>{head}</tr></thead>\n'
           f"<tbody>{body}</tbody></table></div>")
    return fold_html(table.caption, box) if table.is_folded else box


def fold_html(summary, inside):
    """What is to be seen only when it is asked for."""
    return f"<details><summary>{text(summary)}</summary>{inside}</details>"


def legend_html(plot):
    """What the lines of a plot are."""
    items = []
    for series in plot.series:
        dash = ' stroke-dasharray="6 4"' if series.is_dashed else ""
        items.append(
            f'<li><svg viewBox="0 0 40 12" aria-hidden="true" '
            f'color="var(--series-{series.colour})">'
            f'<path d="M0 6H40" stroke="currentColor" stroke-width="2"{dash}/>'
            f"{MARKS[series.marker]}</svg>{text(series.name)}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'


def plot_html(plot, name):
    """A plot, its title, and its legend."""
    try:
        picture = chart.draw(plot, name, number)
    except chart.MissingTool as missing:
        picture = f"<p>{text(missing)}</p>"
    unit, legend = (plot.y_label, legend_html(plot)) if isinstance(plot, Lines) else (plot.unit, "")
    return (f'<div class="plot"><h3>{text(plot.title)}</h3><p>{text(unit)}</p>\n{picture}\n'
            f"{legend}</div>")


def figure_html(figure):
    """Plots with their caption, and their values as tables."""
    plots = "\n".join(plot_html(plot, f"{figure.name}-{place}")
                      for place, plot in enumerate(figure.plots, 1))
    tables = "\n".join(table_html(plot_table(plot, number)) for plot in figure.plots)
    which = "this plot" if len(figure.plots) == 1 else "these plots"
    return (f"<figure><figcaption>{text(figure.caption)}</figcaption>\n"
            f'<div class="plots">{plots}</div>\n'
            f"{fold_html(f'The values of {which}', tables)}</figure>")


def facts_html(facts):
    """Names and what they are."""
    pairs = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts.pairs)
    return f"<dl>{pairs}</dl>"


def block_html(block):
    """Any block."""
    if isinstance(block, Paragraph):
        return f"<p>{text(block.text)}</p>"
    return {Facts: facts_html, Table: table_html, Figure: figure_html}[type(block)](block)


def render(report):
    """The page."""
    with open(os.path.join(HERE, "report.css"), encoding="utf-8") as file:
        style = file.read()
    links = "".join(f'<li><a href="#{anchor(section.title)}">{text(section.title)}</a></li>'
                    for section in report.sections)
    tiles = "".join(f"<div><b>{text(value)}</b><span>{text(what)}</span></div>"
                    for value, what in report.tiles)
    sections = "\n".join(
        f'<section id="{anchor(section.title)}"><h2>{text(section.title)}</h2>\n'
        + "\n".join(map(block_html, section.blocks)) + "</section>"
        for section in report.sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{text(report.title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{text(report.title)}</h1>
<p class="headline">{text(report.headline)}</p>
<div class="tiles">{tiles}</div>
<nav><ul>{links}</ul></nav>
{sections}
</main>
</body>
</html>
"""
