"""A report as Markdown; in place of plots stand their values."""

from document import Cell, Facts, Figure, Paragraph, Table, plot_table
from results import number


def cell_text(value):
    """A cell; what is bad is bold."""
    mark = value.mark if isinstance(value, Cell) else ""
    text = (value.text if isinstance(value, Cell) else str(value)).replace("|", "\\|")
    return f"**{text}**" if mark == "bad" else text


def line(cells):
    """A row of a table."""
    return "| " + " | ".join(cells) + " |"


def table_text(table):
    """A table."""
    rule = ["---" if place == 0 or name in table.texts else "---:"
            for place, name in enumerate(table.columns)]
    lines = [line(table.columns), line(rule), *(line(map(cell_text, row)) for row in table.rows)]
    return (f"{table.caption}\n\n" if table.caption else "") + "\n".join(lines)


def figure_text(figure):
    """The caption of a figure and the values of its plots."""
    tables = [table_text(plot_table(plot, number)) for plot in figure.plots]
    return "\n\n".join([figure.caption, *tables])


def facts_text(facts):
    """Names and what they are."""
    return "\n".join(f"* {name}: {value}" for name, value in facts.pairs)


def block_text(block):
    """Any block."""
    if isinstance(block, Paragraph):
        return block.text
    return {Facts: facts_text, Table: table_text, Figure: figure_text}[type(block)](block)


def render(report):
    """The text."""
    tiles = [f"* {value}: {what}" for value, what in report.tiles]
    parts = [f"# {report.title}", report.headline, "\n".join(tiles)]
    for section in report.sections:
        parts += [f"## {section.title}", *map(block_text, section.blocks)]
    return "\n\n".join(filter(None, parts)) + "\n"
