"""The plots of work that is more than one operation: see plots.py."""

from choose import WAYS, condition, first_with, lines_over, only, share_y, ticks_of, values_of
from document import Bars, Cell, Figure, Lines, Section, Series, Table
from figures import BARS
from results import cost, cost_unit_words, number, size, unit_words

BATCH = 16  # of the plot by windows
MISS_BATCHES = (1, 16, 256)
PER_BATCH = "updates before the window changes"
STAGES = {
    "The whole": ("total",),
    "Handing on": ("hand-on",),
    "What the programs do": ("index", "sort", "report"),
}


# --- random updates -------------------------------------------------------------------------------


def update_plots(rows, unit):
    """By windows, and by batch: there with the largest windows, as many as there are of these."""
    windows, batches = values_of(rows, "windows"), values_of(rows, "batch")
    batch = BATCH if BATCH in batches else batches[0]
    largest = largest_windows(rows)
    count, nbytes = largest[0]["params"]["windows"], largest[0]["params"].get("window_bytes", 0)
    name = f"Vasco, {count} windows" + (f" of {size(nbytes)}" if nbytes else "")
    return [
        Lines(f"Vasco, batches of {batch}", "windows", unit,
              lines_over(only(rows, batch=batch), "windows"), True, True, ticks_of(windows)),
        Lines(name, PER_BATCH, unit, lines_over(largest, "batch"), True, True, ticks_of(batches)),
    ]


def largest_windows(rows):
    """The figures with the largest windows, and of these with the most."""
    sizes = values_of(rows, "window_bytes")
    rows = only(rows, window_bytes=sizes[-1]) if sizes else rows
    return only(rows, windows=values_of(rows, "windows")[-1])


def linux_plot(theirs, unit):
    """The same by Linux."""
    series = [Series(line["how"], list(zip(theirs["batches"], line["figures"])), *WAYS[line["way"]],
                     line["how"].endswith("2 MiB pages")) for line in theirs["linux"]]
    return Lines("Linux 6.1, windows of 64 MiB", PER_BATCH, unit, series, True, True,
                 ticks_of(theirs["batches"]))


def change_table(rows):
    """What switching adds to an update of what is mapped, beside its bar."""
    lines = []
    for batch, bar in BARS.GUPS_SWITCH.items():
        mapped = only(rows, way="mapped", batch=batch)
        switched = only(rows, way="switch", batch=batch)
        if mapped and switched:
            more = cost(switched[0]) - cost(mapped[0])
            met = Cell("yes", "good") if more <= bar else Cell("no", "bad")
            lines.append([number(batch), *map(number, (cost(mapped[0]), cost(switched[0]), more)),
                          number(bar), met])
    return Table(["batch", "mapped", "switch", "switch adds", "bar", "met"], lines, ("met",),
                 "Instructions for one update")


def rate_table(rows):
    """Updates in a second, where the time-stamp counter tells the time."""
    batches = values_of(rows, "batch")
    lines = [[way, *(number(row["per_second"]) for row in only(rows, way=way))]
             for way in values_of(rows, "way")]
    return Table(["way", *map(number, batches)], lines, ("way",), "Updates in a second, by batch")


def updates(groups, peers):
    """Random updates of a table in windows."""
    key, rows = first_with(groups, "gups_update")
    if not rows:
        key, rows = first_with(groups, "gups")
    if not rows:
        return None
    is_counted, theirs = "insn" in rows[0]["unit"], peers["random_updates"]
    unit = cost_unit_words(rows[0])
    plots = update_plots(rows, unit)
    if is_counted:
        plots.append(linux_plot(theirs, unit))
        share_y(plots[1:])
    blocks = [Figure("updates", (
        "A table is updated at random places, window after window; of many windows each is "
        "smaller. The nearer a way is to `mapped`, where all of the table can be seen at once, the "
        "less a change of the window costs. All axes are logarithmic. " + condition(key)), plots)]
    blocks += [change_table(largest_windows(rows))] if is_counted else []
    rates = [row for row in first_with(groups, "gups")[1] if "per_second" in row]
    blocks += [rate_table(largest_windows(rates))] if rates else []
    return Section("Random updates in windows", blocks)


# --- services -------------------------------------------------------------------------------------


def store(groups, _):
    """The key-value store by clients, in three ways."""
    plots, keys = [], []
    for bench, title in (("kv_get", "Gets"), ("kv_set", "Sets"), ("kv_mix", "Mix")):
        key, rows = first_with(groups, bench)
        for mix in values_of(rows, "mix") or [None] * bool(rows):
            chosen = only(rows, mix=mix)
            clients = values_of(chosen, "clients")
            name = f"{title}: {mix}" if mix else title
            plots.append(Lines(name, "clients", cost_unit_words(rows[0]),
                               lines_over(chosen, "clients"), ticks=ticks_of(clients)))
            keys.append(key)
    if not plots:
        return None
    share_y(plots)
    return Section("A key-value store in three ways", [Figure("store", (
        "The same store on the same data: its clients stand in its data themselves (switch), go "
        "through a gate into its server, or ask its server's thread (endpoint). Lower is better; "
        "flat means that clients do not cost each other anything. " + condition(keys[0])), plots)])


def pipeline(groups, _):
    """The stages of a pipeline that hands data on in place, or copies it."""
    key, rows = first_with(groups, "pipeline")
    if not rows:
        return None
    plots = []
    for title, stages in STAGES.items():
        found = [row for stage in stages for row in only(rows, stage=stage)]
        bars = [(", ".join([row["params"]["way"]] + [row["params"]["stage"]] * (len(stages) > 1)),
                 row["median"], WAYS.get(row["params"]["way"], (5, 0))[0]) for row in found]
        plots += [Bars(title, unit_words(rows[0]), bars)] if bars else []
    return Section("A pipeline of three programs", [Figure("pipeline", (
        "Three programs work on one structure with pointers, one after the other. By `vas` it "
        "stays in an address space that each of them enters; by `copy` each one sends what the "
        "next one builds again, by `copy-block` in one block of memory. "
        + condition(key)), plots)])


# --- TLB misses -----------------------------------------------------------------------------------


def update_misses(rows):
    """A plot for each batch of the random updates."""
    for batch in [b for b in values_of(rows, "batch") if b in MISS_BATCHES]:
        chosen = only(rows, batch=batch)
        yield Lines(f"Simulation: random updates, batches of {batch}", "windows",
                    cost_unit_words(rows[0]), lines_over(chosen, "windows"), True, False,
                    ticks_of(values_of(chosen, "windows")))


def store_misses(rows):
    """The ways of the key-value store, and what tags do for each."""
    kinds = dict.fromkeys(row["params"]["tags"] for row in rows)
    colours = {tags: place for place, tags in enumerate(kinds, 1)}
    bars = [(f"{row['params']['way']}, tags: {row['params']['tags']}", cost(row),
             colours[row["params"]["tags"]]) for row in rows]
    if bars:
        yield Bars("Simulation: key-value store", cost_unit_words(rows[0]), bars)


def misses(groups, _):
    """TLB misses, from a simulation; of the last level, since only these walk the page tables."""
    key, rows = first_with(groups, "tlb_simulation")
    rows = [row for row in rows if row["params"].get("level") == "L2"]
    plots = [*update_misses(only(rows, workload="gups")), *store_misses(only(rows, workload="kv"))]
    if not plots:
        return None
    return Section("TLB misses (simulation)", [Figure("misses", (
        "Walks of the page tables, by simulation: a model of a core's TLBs is fed with the "
        "addresses that the programs and the kernel use. With tags (PCID) a switch keeps what the "
        "TLBs hold; without them, tags `none`, it empties them. " + condition(key)), plots)])
