"""What others need for the same: the figures of tests/bench/peers.json, beside ours."""

import json
import os

from document import Cell, Facts, Paragraph, Section, Table
from results import number

HERE = os.path.dirname(os.path.abspath(__file__))
SYSTEMS = ("linux", "sel4")


def read():
    """All of them."""
    with open(os.path.join(HERE, "peers.json"), encoding="utf-8") as file:
        return json.load(file)


def is_of(ours, row):
    """Whether a figure is the one that an operation names."""
    return row["bench"] == ours["bench"] and not row.get("cold") and all(
        row["params"].get(name, False) == value for name, value in ours.get("params", {}).items())


def figure_words(figure):
    """What a peer needs, and how: `1,850 (TCB_SetSpace on itself, then yield)`."""
    value = figure["figure"]
    text = " to ".join(map(number, value)) if isinstance(value, list) else number(value)
    return f"{text} ({figure['how']})" if "how" in figure else text


def list_words(figures):
    """All that a peer needs for one operation."""
    return "; ".join(map(figure_words, figures)) or "–"


def beside(peers, row):
    """What others need for what a figure measures, in words."""
    words = []
    if row["machine"].endswith("icount"):
        for operation in peers["operations"]:
            if any(is_of(ours, row) for ours in operation["vasco"]):
                words += [f"{peers['systems'][system]['name']} {list_words(operation[system])}"
                          for system in SYSTEMS if operation[system]]
    return ", ".join(words)


def least(operation):
    """The best that any of the others can do, if there is one. Of those of one system the first is
    what ours is held against."""
    figures = [operation[system][0]["figure"] for system in SYSTEMS if operation[system]]
    return min((f[0] if isinstance(f, list) else f for f in figures), default=None)


def rows_of(operation, figures, bar_of):
    """The rows of one operation: one for each of our ways to do it, or one without ours."""
    others = [list_words(operation[system]) for system in SYSTEMS]
    if not operation["vasco"]:
        yield [operation["operation"], "–", "–", Cell("–"), "–", *others, "–"]
    for ours in operation["vasco"]:
        found = [row for row in figures if is_of(ours, row)]
        name = operation["operation"] + (f": {ours['how']}" if "how" in ours else "")
        if not found:
            none = Cell("not measured", "note")
            yield [name, none, "–", Cell("–"), number(ours["aim"]), *others, "–"]
        else:
            row = found[0]
            bar, met = bar_of(row)
            best = least(operation)
            factor = f"{best / row['median']:.1f}" if best and row["median"] else "–"
            yield [name, number(row["median"]), bar, met, number(ours["aim"]), *others, factor]


def section(peers, figures, bar_of):
    """Ours beside theirs. `figures` are those of one machine in instructions; `bar_of` gives two
    cells of a figure, its bar and whether that is met."""
    columns = ["operation", "Vasco", "bar", "met", "aim",
               *(peers["systems"][system]["name"] for system in SYSTEMS), "best of them / Vasco"]
    rows = [row for operation in peers["operations"]
            for row in rows_of(operation, figures, bar_of)]
    return Section("Beside Linux and seL4", [
        Paragraph("Instructions, median, user and kernel together. The bar is what `make test` "
                  "holds Vasco to, the aim is what is wished for. Linux has no operation that the "
                  "second row could name."),
        Table(columns, rows, texts=("met", *columns[5:7])),
    ])


def sources(peers):
    """Where the figures of others come from."""
    systems = [(system["name"], system["condition"]) for system in peers["systems"].values()]
    rows = [[f["operation"], number(f["figure"])] for f in peers["published"]["figures"]]
    published = peers["systems"]["rfc"]["name"]
    return Section("Where the others' figures come from", [
        Facts([("How", peers["method"]), *systems]),
        *map(Paragraph, peers["notes"]),
        Table([f"{published}, as published", peers["published"]["unit"]], rows),
    ])


def attach_points(peers, system):
    """What it costs a peer to show memory and take it away: points of size and cost, by way."""
    ways = {}
    for operation in peers["operations"]:
        for ours in operation["vasco"]:
            if ours["bench"] == "seg_attach_detach":
                for figure in operation[system]:
                    points = ways.setdefault(figure["how"], [])
                    points.append((ours["params"]["bytes"], figure["figure"]))
    return ways


def published(peers, operation):
    """A published figure."""
    return next(f["figure"] for f in peers["published"]["figures"] if f["operation"] == operation)


def first_of(peers, bench, system):
    """What a peer needs for what a benchmark measures, and how: the first of its figures."""
    return next(operation[system][0] for operation in peers["operations"]
                if any(ours["bench"] == bench for ours in operation["vasco"]))


def figure_of(peers, bench, system):
    """The same without the how."""
    return first_of(peers, bench, system)["figure"]
