"""The plots of a report. Each function takes the figures by machine and gives a section, or nothing
where there is nothing to plot."""

import peers as others
from document import Bars, Figure, Lines, Section, Series
from results import cost, find, machine_words, parameter, size, unit_words

COLOURS, MARKERS = 5, 7  # that there are: see report.css and chart.py
VASCO, LINUX, SEL4, PUBLISHED = 1, 2, 3, 4
# Colour and marker of the ways to do the same, alike in all plots.
WAYS = {
    "switch": (1, 0), "vas": (1, 0), "endpoint": (2, 1), "copy": (2, 1), "gate": (3, 2),
    "remap": (4, 3), "mapped": (5, 4),
}
FOUND = ("asked", "lock_waits")  # parameters that were found, not given


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
    return [name for name in names if name not in without + FOUND
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
    """Ticks at these values."""
    return [(value, words(value)) for value in values]


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
    if rows[0]["unit"] == "insn":
        bars += [("seL4: process switch", others.figure_of(peers, "process_switch", "sel4"), SEL4),
                 ("Linux 6.1: process switch", others.figure_of(peers, "process_switch", "linux"), LINUX),
                 ("seL4: a thread sets its own space", others.figure_of(peers, "vas_switch", "sel4"),
                  SEL4)]
    published = [(f"Linux patches: {name}", others.published(peers, name), PUBLISHED)
                 for name in ("VAS switch", "process switch")]
    return Section("Switching address spaces", [Figure("switch", (
        "A thread of Vasco goes to another address space without a switch of threads or "
        "processes. Bars of one colour are of one system; all are one way, median. "
        + condition(key) + " With them stands what the authors of the Linux patches published: nanoseconds "
        "on their own machine (Xeon E5620, 2.40 GHz), of which only the relation can be compared."),
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
    series = [Series(name, [(r["params"]["bytes"], cost(r)) for r in found], VASCO, place, place > 0)
              for place, (name, found) in enumerate(ours.items()) if found]
    if rows[0]["unit"] == "insn":
        for system, colour in (("linux", LINUX), ("sel4", SEL4)):
            name = peers["systems"][system]["name"]
            series += [Series(f"{name}, {how}", points, colour, place + 1, place > 0)
                       for place, (how, points) in enumerate(others.attach_points(peers, system).items())]
    sizes = sorted({x for line in series for x, _ in line.points})
    plot = Lines("Attach and detach a segment", "size of the segment",
                 f"{unit_words(rows[0])} for both together", series, True, True, ticks_of(sizes, size))
    return Section("Showing memory in another address space", [Figure("attach", (
        "A segment has page tables of its own, so that attaching it links a few entries, whatever "
        "its size and whether it is filled: Vasco's two lines lie on each other. Linux and seL4 write "
        "an entry for each page. Both axes are logarithmic. " + condition(key)), [plot])])


# --- random updates -------------------------------------------------------------------------------


def updates(groups, peers):
    """Random updates of a table in windows, by batch and by number of windows."""
    key, rows = first_with(groups, "gups_update")
    if not rows:
        key, rows = first_with(groups, "gups")
    if not rows:
        return None
    windows, batches = values_of(rows, "windows"), values_of(rows, "batch")
    batch = 16 if 16 in batches else batches[0]
    unit = "instructions for one update" if "insn" in rows[0]["unit"] else "cycles for one update"
    plots = [
        Lines(f"Vasco, {windows[-1]} windows", "updates before the window changes", unit,
              lines_over(only(rows, windows=windows[-1]), "batch"), True, True, ticks_of(batches)),
        Lines(f"Vasco, batches of {batch}", "windows", unit,
              lines_over(only(rows, batch=batch), "windows"), True, True, ticks_of(windows)),
    ]
    if "insn" in rows[0]["unit"]:
        theirs = peers["random_updates"]
        ways = [Series(line["how"], list(zip(theirs["batches"], line["figures"])),
                       *WAYS[line["way"]], line["how"].endswith("2 MiB pages"))
                for line in theirs["linux"]]
        plots.append(Lines("Linux 6.1, windows of 64 MiB", "updates before the window changes", unit,
                           ways, True, True, ticks_of(theirs["batches"])))
    return Section("Random updates in windows", [Figure("updates", (
        "A table that is larger than what is mapped at once is updated at random places, window "
        "after window. The nearer a way is to \"mapped\", where all of the table can be seen, the "
        "less the change of windows costs. All axes are logarithmic. " + condition(key)), plots)])


# --- services -------------------------------------------------------------------------------------


def store(groups, _):
    """The key-value store by clients, in three ways."""
    plots, keys = [], []
    for bench, title in (("kv_get", "Gets"), ("kv_set", "Sets"), ("kv_mix", "Mix")):
        key, rows = first_with(groups, bench)
        for mix in values_of(rows, "mix") or [None] * bool(rows):
            chosen = only(rows, mix=mix)
            unit = "instructions" if "insn" in rows[0]["unit"] else "cycles"
            plots.append(Lines(f"{title}: {mix}" if mix else title, "clients", f"{unit} for one",
                               lines_over(chosen, "clients"), ticks=ticks_of(values_of(chosen, "clients"))))
            keys.append(key)
    if not plots:
        return None
    return Section("A key-value store in three ways", [Figure("store", (
        "The same store on the same data: its clients stand in its data themselves (switch), go "
        "through a gate into its server, or ask its server's thread (endpoint). Lower is better; "
        "flat means that clients do not cost each other anything. " + condition(keys[0])), plots)])


def pipeline(groups, _):
    """The stages of a pipeline that hands data on in place, or copies it."""
    key, rows = first_with(groups, "pipeline")
    if not rows:
        return None
    stages = dict.fromkeys(row["params"]["stage"] for row in rows)
    ways = dict.fromkeys(row["params"]["way"] for row in rows)
    bars = [(f"{stage}, {way}", row["median"], WAYS.get(way, (3, 0))[0])
            for stage in stages for way in ways for row in only(rows, stage=stage, way=way)]
    return Section("A pipeline of three programs", [Figure("pipeline", (
        "Three programs work on the same data one after the other. Those of the way `vas` leave it "
        "in an address space that the next one enters; those of `copy` send it. "
        + condition(key)), [Bars("Stages", unit_words(rows[0]), bars)])])


def misses(groups, _):
    """TLB misses, from a simulation."""
    key, rows = first_with(groups, "tlb_simulation")
    plots = []
    rows = [row for row in rows if "windows" in row["params"]]
    facets = dict.fromkeys((r["params"].get("workload", ""), r["params"].get("batch")) for r in rows)
    for workload, batch in facets:
        chosen = only(rows, batch=batch)
        chosen = [r for r in chosen if r["params"].get("workload", "") == workload]
        title = f"{workload}, batches of {batch}" if batch else workload
        windows = values_of(chosen, "windows")
        plots.append(Lines(f"Simulation: {title}", "windows", f"{unit_words(rows[0])}",
                           lines_over(chosen, "windows"), True, False, ticks_of(windows)))
    if not plots:
        return None
    return Section("TLB misses (simulation)", [Figure("misses", (
        "Simulation: a model of a TLB is fed with the addresses that the programs use. With tags a "
        "switch keeps what the TLB holds, without them it is emptied each time. "
        + condition(key)), plots)])


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
    series = [Series(name, [(r["params"]["inside"], cost(r)) for r in found], colour, marker)
              for name, found, colour, marker in (("no CPU outside", alone, 1, 0),
                                                  ("all other CPUs outside", crowded, 2, 1)) if found]
    plots = [Lines("Detach and attach a page", "other CPUs inside", f"{unit_words(rows[0])}", series,
                   ticks=ticks_of(inside))]
    _, rates = first_with(groups, "switch_throughput", lambda key: key[1] > 1)
    if rates:
        plots.append(Lines("VAS switches of all CPUs", "CPUs that switch", unit_words(rates[0]),
                           lines_over(rates, "on", lambda row: row["median"]),
                           ticks=ticks_of(values_of(rates, "on"))))
    return Section("Several CPUs", [Figure("cpus", (
        "A page is taken out of a view while so many CPUs stand in it: each has to be asked, and "
        "those that stand elsewhere cost nothing. CPUs that switch do not disturb each other. Under `icount` the CPUs run in turn, and a figure is the work of all of them. "
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
