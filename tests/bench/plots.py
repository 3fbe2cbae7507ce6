"""The plots of single operations, and the list of all sections with plots. Each function takes the
figures by machine, and those of the peers, and gives a section, or nothing where there is nothing
to plot."""

import peers as others
from choose import condition, first_with, lines_over, only, ticks_of, values_of
from document import Bars, Figure, Lines, Section, Series
from results import cost, find, size, unit_words
from workloads import misses, pipeline, store, updates

VASCO, LINUX, SEL4, PUBLISHED = 1, 2, 3, 4  # colours


# --- switching ------------------------------------------------------------------------------------


def switching(groups, peers):
    """The switch of address spaces beside the switch of processes."""
    key, rows = first_with(groups, "vas_switch")
    if not rows:
        return None
    ours = [("Vasco: VAS switch", "vas_switch"), ("Vasco: thread switch", "thread_switch"),
            ("Vasco: process switch", "process_switch")]
    bars = [(label, find(groups[key], bench)[0]["median"], VASCO)
            for label, bench in ours if find(groups[key], bench)]
    theirs = [("seL4: process switch", "process_switch", "sel4", SEL4),
              ("Linux 6.1: process switch", "process_switch", "linux", LINUX),
              ("seL4: a thread sets its own space", "vas_switch", "sel4", SEL4)]
    if rows[0]["unit"] == "insn":
        bars += [(label, others.figure_of(peers, bench, system), colour)
                 for label, bench, system, colour in theirs]
    published = [(f"Linux patches: {name}", others.published(peers, name), PUBLISHED)
                 for name in ("VAS switch", "process switch")]
    return Section("Switching address spaces", [Figure("switch", (
        "A thread of Vasco goes to another address space without a switch of threads or "
        "processes. Bars of one colour are of one system; all are one way, median. "
        + condition(key) + " With them stands what the authors of the Linux patches published: "
        "nanoseconds on their own machine (Xeon E5620, 2.40 GHz), of which only the relation can "
        "be compared."),
        [Bars("One switch", unit_words(rows[0]), bars),
         Bars("As published for Linux", "nanoseconds", published)])])


# --- memory ---------------------------------------------------------------------------------------


def attaching(groups, peers):
    """What it costs to show memory, by its size."""
    key, rows = first_with(groups, "seg_attach_detach")
    rows = [row for row in rows if not row["params"].get("inside")]
    if not rows:
        return None
    ours = {"Vasco, untouched": [r for r in rows if not r["params"].get("resident")],
            "Vasco, filled": [r for r in rows if r["params"].get("resident")]}
    series = [Series(name, [(row["params"]["bytes"], cost(row)) for row in found], VASCO, place,
                     place > 0) for place, (name, found) in enumerate(ours.items()) if found]
    if rows[0]["unit"] == "insn":
        for system, colour in (("linux", LINUX), ("sel4", SEL4)):
            name = peers["systems"][system]["name"]
            ways = others.attach_points(peers, system)
            series += [Series(f"{name}, {how}", points, colour, place + 1, place > 0)
                       for place, (how, points) in enumerate(ways.items())]
    sizes = sorted({x for line in series for x, _ in line.points})
    unit = f"{unit_words(rows[0])} for both together"
    plot = Lines("Attach and detach a segment", "size of the segment", unit, series, True, True,
                 ticks_of(sizes, size))
    return Section("Showing memory in another address space", [Figure("attach", (
        "A segment has page tables of its own, so that attaching it links a few entries, whatever "
        "its size and whether it is filled: Vasco's two lines lie on each other. Linux and seL4 "
        "write an entry for each page. Both axes are logarithmic. " + condition(key)), [plot])])


# --- several CPUs ---------------------------------------------------------------------------------


def cpus(groups, _):
    """What CPUs cost each other."""
    key, rows = first_with(groups, "shootdown", lambda key: key[1] > 1)
    if not rows:
        return None
    inside = values_of(rows, "inside")
    alone = only(rows, outside=0)
    most = [max(only(rows, inside=n), key=lambda r: r["params"]["outside"]) for n in inside]
    crowded = [row for row in most if row["params"]["outside"]]
    found = {"no CPU outside": alone, "all other CPUs outside": crowded}
    series = [Series(name, [(row["params"]["inside"], cost(row)) for row in found[name]], place + 1,
                     place) for place, name in enumerate(found) if found[name]]
    plots = [Lines("Detach and attach a page", "other CPUs inside", unit_words(rows[0]), series,
                   ticks=ticks_of(inside))]
    _, rates = first_with(groups, "switch_throughput", lambda key: key[1] > 1)
    if rates:
        plots.append(Lines("VAS switches of all CPUs", "CPUs that switch", unit_words(rates[0]),
                           lines_over(rates, "on", lambda row: row["median"]),
                           ticks=ticks_of(values_of(rates, "on"))))
    return Section("Several CPUs", [Figure("cpus", (
        "A page is taken out of a view while so many CPUs stand in it: each has to be asked, and "
        "those that stand elsewhere cost nothing. CPUs that switch do not disturb each other. "
        "Under `icount` the CPUs run in turn, and a figure is the work of all of them. "
        + condition(key)), plots)])


SECTIONS = {
    "switching address spaces": switching,
    "attaching memory": attaching,
    "random updates": updates,
    "the key-value store": store,
    "the pipeline": pipeline,
    "TLB misses": misses,
    "several CPUs": cpus,
}
