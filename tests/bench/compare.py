"""Two runs of the benchmarks: what became worse, what better, and what is in one of them only."""

from document import Cell, Paragraph, Report, Section, Table
from results import (definitions, is_rate, key_of, machine_words, number, sort, words,
                     worse_by)

SLIGHT, GRAVE = 0.5, 3  # percent


def mark(percent):
    """What stands before a figure: how much it changed."""
    if abs(percent) <= SLIGHT:
        return ""
    kind = "worse" if percent > 0 else "better"
    return kind if abs(percent) > GRAVE else f"a little {kind}"


def pairs(old, new):
    """Figures of both, the worst first: (percent, old, new); and those of one only."""
    before = {key_of(row): row for row in sort(old)}
    after = {key_of(row): row for row in sort(new)}
    both = [(worse_by(row["median"], after[key]["median"], row), row, after[key])
            for key, row in before.items() if key in after]
    both.sort(key=lambda entry: -entry[0])
    return (both, [row for key, row in before.items() if key not in after],
            [row for key, row in after.items() if key not in before])


def place(row):
    """On which machine."""
    return machine_words((row["machine"], row.get("cpus", 1), row.get("pcid", False), ""))


def change_words(percent, new):
    """By how much the number itself changed: a rate that became worse fell."""
    change = -percent if is_rate(new) else percent
    return f"{change:+.1f} %" if percent else "0"


def rows_of(both):
    """The rows of the table."""
    names = definitions()
    for percent, old, new in both:
        kind = mark(percent)
        colour = "bad" if kind == "worse" else "good" if kind == "better" else "note"
        yield [words(new, names), Cell(kind, colour), change_words(percent, new),
               number(old["median"]), number(new["median"]), new["unit"], place(new)]


def only_table(rows):
    """Figures that one run alone has."""
    names = definitions()
    lines = [[words(row, names), number(row["median"]), row["unit"], place(row)] for row in rows]
    return Table(["figure", "median", "unit", "machine"], lines, texts=("unit", "machine"))


def headline(both, names):
    """The whole in one sentence."""
    kinds = [mark(percent) for percent, _, _ in both]
    return (f"From {names[0]} to {names[1]}: of {len(both)} figures {kinds.count('worse')} became "
            f"worse by more than {GRAVE} percent and {kinds.count('a little worse')} by more than "
            f"{SLIGHT}, {kinds.count('better')} became better by more than {GRAVE} percent and "
            f"{kinds.count('a little better')} by more than {SLIGHT}.")


def compare(old, new, names):
    """A report of the difference; `names` are what the two runs are called."""
    both, gone, come = pairs(old, new)
    columns = ["figure", "", "change", names[0], names[1], "unit", "machine"]
    sections = [Section("Figures, the worst first", [Table(columns, list(rows_of(both)),
                                                           texts=("", "unit", "machine"))])]
    for name, rows in zip(names, (gone, come)):
        if rows:
            sections.append(Section(f"Only in {name}", [only_table(rows)]))
    if not both:
        sections[0].blocks = [Paragraph("The two have no figure in common.")]
    return Report("Vasco's benchmarks, two runs", headline(both, names), [], sections)


def terminal(report):
    """The same for a terminal."""
    lines = [report.headline]
    for section in report.sections:
        lines += ["", section.title]
        for block in section.blocks:
            if isinstance(block, Table):
                lines += columns_text(block)
            else:
                lines.append(f"   {block.text}")
    return "\n".join(lines)


def columns_text(table):
    """A table in columns of text."""
    rows = [[getattr(cell, "text", cell) for cell in row] for row in [table.columns, *table.rows]]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.columns))]
    for row in rows:
        cells = [cell.ljust(width) if place == 0 or name in table.texts else cell.rjust(width)
                 for place, (cell, width, name) in enumerate(zip(row, widths, table.columns))]
        yield "   " + "  ".join(cells).rstrip()
