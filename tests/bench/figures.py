"""The tables of a report: all figures of a machine, and two machines side by side."""

import collections
import importlib.machinery
import importlib.util
import os

import peers
from document import Cell, Paragraph, Section, Table
from results import case_of, definitions, is_rate, machine_words, number, unit_words, words

HERE = os.path.dirname(os.path.abspath(__file__))
PERCENTILES = ("min", "median", "p90", "p99", "max")
MANY = 40  # figures of one benchmark
TLB_COUNTERS = ("cr3_flush", "cr3_keep", "tag_misses", "invlpg", "invpcid", "asked")


def load_bars():
    """tests/bench/bars, which is a program, as a module."""
    loader = importlib.machinery.SourceFileLoader("bars", os.path.join(HERE, "bars"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bars", loader))
    loader.exec_module(module)
    return module


BARS = load_bars()


def bar(row):
    """What a figure is held to by `make test`, or None."""
    if row["machine"] != BARS.MACHINE or row.get("cold"):
        return None
    bars = BARS.CPUS_BARS if row["cpus"] > 1 else {**BARS.BARS, **BARS.ALONE}
    if row["bench"] not in bars:
        return None
    found = bars[row["bench"]]
    return found.get(BARS.case(bars, row)) if isinstance(found, dict) else found


def is_met(row):
    """Whether a figure meets its bar; None if it has none."""
    limit = bar(row)
    if limit is None:
        return None
    return row["median"] >= limit if is_rate(row) else row["median"] <= limit


def bar_cells(row):
    """The bar and whether it is met, as two cells."""
    met = is_met(row)
    word = {None: Cell("–"), True: Cell("yes", "good"), False: Cell("no", "bad")}[met]
    return number(bar(row)), word


def counters_words(row, only=None):
    """The counters that are not zero: `syscalls 1, cr3 flush 1`."""
    counters = row.get("counters", {})
    return ", ".join(f"{name.replace('_', ' ')} {number(value)}" for name, value in counters.items()
                     if value and (only is None or name in only)) or "–"


def figures_table(rows, others, caption, is_folded=False):
    """Figures with all that is known of them; a column that would be empty is left out."""
    names = definitions()
    columns = ["figure", "unit", "n", *PERCENTILES, "bar", "met", "counted for each", "others"]
    lines = []
    for row in rows:
        unit = unit_words(row) if is_rate(row) else row["unit"]
        lines.append([words(row, names), unit, number(row["n"]),
                      *(number(row.get(name)) for name in PERCENTILES), *bar_cells(row),
                      counters_words(row), peers.beside(others, row) or "–"])
    used = [place for place in range(len(columns)) if any(
        getattr(line[place], "text", line[place]) != "–" for line in lines)]
    lines = [[line[place] for place in used] for line in lines]
    texts = ("unit", "met", "counted for each", "others")
    return Table([columns[place] for place in used], lines, texts, caption, is_folded)


def machine_tables(key, rows, others):
    """Every figure of one machine; a benchmark that has very many has a table of its own."""
    counts = collections.Counter(row["bench"] for row in rows)
    machine = f"{machine_words(key)}, commit {key[3] or 'unknown'}"
    few = [row for row in rows if counts[row["bench"]] <= MANY]
    if few:
        yield figures_table(few, others, machine)
    for bench, count in counts.items():
        if count > MANY:
            caption = f"{count} figures of {bench}: {machine}"
            many = [row for row in rows if row["bench"] == bench]
            yield figures_table(many, others, caption, is_folded=True)


def all_figures(groups, others):
    """Tables for each machine."""
    blocks = [Paragraph(
        "`p90`: 90 of 100 samples are this or less. `insn`: an instruction, of user or kernel. "
        "What measuring costs is taken off. Counters are the kernel's, for each operation; those "
        "that are 0 are left out. Cold: caches and TLB held other things before each sample.")]
    for key, rows in groups.items():
        blocks += machine_tables(key, rows, others)
    return Section("All figures", blocks)


def pcid_pairs(groups):
    """Machines of which there is a run with PCID and one without: both keys."""
    for key in groups:
        with_pcid = [other for other in groups if other[:2] == key[:2] and other[2]]
        if not key[2] and with_pcid:
            yield key, with_pcid[0]


def pcid_table(without, with_pcid):
    """Two runs side by side."""
    names = definitions()
    others = {case_of(row): row for row in with_pcid}
    rows = []
    for row in without:
        other = others.get(case_of(row))
        if other:
            rows.append([words(row, names), number(row["median"]), number(other["median"]),
                         counters_words(row, TLB_COUNTERS), counters_words(other, TLB_COUNTERS)])
    columns = ["figure", "without PCID", "with PCID", "counted without", "counted with"]
    return Table(columns, rows, texts=columns[3:])


def pcid_section(groups):
    """With PCID and without, if both were measured."""
    blocks = []
    for without, with_pcid in pcid_pairs(groups):
        unit = unit_words(groups[without][0])
        table = pcid_table(groups[without], groups[with_pcid])
        table.caption = f"{machine_words(without[:2] + (False, ''))} and with it, median, {unit}"
        blocks.append(table)
    if not blocks:
        return None
    return Section("With PCID and without", [Paragraph(
        "With PCID a write of CR3 keeps what the TLB holds (`cr3 keep`), without it the TLB is "
        "emptied (`cr3 flush`). An emulator's time does not show what that saves; the counters "
        "show that it is done."), *blocks])


def bars_met(groups):
    """How many figures have a bar, and how many of those meet it."""
    met = [is_met(row) for rows in groups.values() for row in rows]
    return sum(m is True for m in met), sum(m is not None for m in met)
