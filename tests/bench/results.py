"""Results of benchmarks, as build/bench/*.jsonl keep them: one object a line, either a figure
(key "bench") or what the machine was that figures come from (key "run")."""

import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
DEFINITIONS = os.path.join(HERE, "..", "..", "user", "bench", "benchmarks.def")
# Machines, the ones whose figures mean most first.
MACHINES = {
    "qemu-tcg-icount": "QEMU, exact instruction counts",
    "bare-metal": "a real machine",
    "qemu-kvm": "QEMU with KVM",
    "qemu-tcg": "QEMU, whose cycles mean little",
    "bochs": "Bochs",
    "simulation": "simulation",
}
UNITS = {"insn": "instructions", "cycle": "cycles", "miss": "misses"}
RATE = re.compile(r"(\w+)/M(insn|cycle)")  # get/Minsn
MANY = re.compile(r"(\w+)/(\d+) (\w+)s")  # insn/1000 updates
SIZES = ((30, "GiB"), (20, "MiB"), (10, "KiB"))


def rows_of(path):
    """The objects of a file; where it cannot be read the program ends and says why."""
    place = 0
    try:
        with open(path, encoding="utf-8") as file:
            for place, line in enumerate(file, 1):
                if line.strip():
                    yield json.loads(line)
    except OSError as error:
        raise SystemExit(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SystemExit(f"{path}, line {place}, is no result: {error}") from error


def read(paths):
    """The figures and the runs of some files. Ends the program if one cannot be read."""
    figures, runs = [], []
    for path in paths:
        for row in rows_of(path):
            if "run" in row:
                runs.append(row["run"])
            elif "bench" in row:
                figures.append(row)
    return figures, runs


def definitions():
    """What the table of benchmarks calls each of them, in its order."""
    with open(DEFINITIONS, encoding="utf-8") as file:
        return dict(re.findall(r'^BENCHMARK\((\w+),.*"(.*)"\)', file.read(), re.MULTILINE))


def machine_of(row):
    """What must be the same for two figures to belong together."""
    return (row["machine"], row.get("cpus", 1), row.get("pcid", False), row.get("commit", ""))


def case_of(row):
    """What names a figure on one machine: the benchmark, its parameters, and whether caches were
    cold."""
    return row["bench"], json.dumps(row["params"], sort_keys=True), row.get("cold", False)


def key_of(row):
    """What names a figure, whatever commit it is of."""
    return (*case_of(row), *machine_of(row)[:3])


def sort(figures):
    """Figures in the order of the table of benchmarks; what it does not know comes last."""
    order = {name: place for place, name in enumerate(definitions())}
    return sorted(figures, key=lambda row: order.get(row["bench"], len(order)))


def by_machine(figures):
    """Figures of one machine and commit together, in the order of MACHINES."""
    groups = {}
    for row in sort(figures):
        groups.setdefault(machine_of(row), []).append(row)
    order = {name: place for place, name in enumerate(MACHINES)}
    ranked = sorted(groups, key=lambda key: (order.get(key[0], len(order)), *key[1:]))
    return {key: groups[key] for key in ranked}


def find(figures, bench, **params):
    """The warm figures of a benchmark whose parameters are these, whatever others there are. None
    stands for a parameter that is not there."""
    return [row for row in figures if row["bench"] == bench and not row.get("cold") and all(
        row["params"].get(name) == value for name, value in params.items())]


def is_rate(row):
    """Whether more is better: so many in a million."""
    return RATE.fullmatch(row["unit"]) is not None


def cost(row):
    """The median as a cost of one: of a rate what one takes, of the cost of many its part."""
    if is_rate(row):
        return 1e6 / row["median"] if row["median"] else 0
    many = MANY.fullmatch(row["unit"])
    return row["median"] / int(many.group(2)) if many else row["median"]


def worse_by(before, after, row):
    """By how many percent the median after is worse than the one before, of a figure like this
    one; less than 0 if it is better."""
    if before == after:
        return 0.0
    change = 100 * (after - before) / before if before else float("inf")
    return -change if is_rate(row) else change


# --- words ----------------------------------------------------------------------------------------


def number(value):
    """A number for people: 1,234, 20.4, 0.25."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return "–" if value is None else str(value)
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def size(nbytes):
    """A number of bytes: 4 KiB."""
    for order, unit in SIZES:
        if nbytes and nbytes % (1 << order) == 0:
            return f"{nbytes >> order:,} {unit}"
    return number(nbytes)


def parameter(name, value):
    """A parameter in words: `views 2`, `inside`, `4 KiB`, `resident 4 KiB`."""
    words = name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"no {words}"
    if name == "bytes":
        return size(value)
    if name.endswith("_bytes") or name == "resident":
        return f"{words.removesuffix(' bytes')} {size(value)}"
    return f"{words} {number(value)}"


def case_words(row):
    """The parameters of a figure in words, and that caches were cold."""
    cold = ["cold"] if row.get("cold") else []
    return ", ".join([parameter(*item) for item in row["params"].items()] + cold)


def words(row, names):
    """A figure's name for people; `names` is what definitions() says."""
    case = case_words(row)
    name = names.get(row["bench"], row["bench"].replace("_", " "))
    return f"{name}: {case}" if case else name


def unit_word(unit):
    """The plural of a unit."""
    return UNITS.get(unit, unit)


def unit_words(row):
    """A unit for people: instructions, `gets in a million instructions`."""
    rate, many = RATE.fullmatch(row["unit"]), MANY.fullmatch(row["unit"])
    if rate:
        plural = "es" if rate.group(1).endswith("ch") else "s"
        return f"{rate.group(1)}{plural} in a million {unit_word(rate.group(2))}"
    if many:
        what, count, each = many.groups()
        return f"{unit_word(what)} for {int(count):,} {each}s"
    return unit_word(row["unit"])


def cost_unit_words(row):
    """The same of cost(): `instructions for one`."""
    rate, many = RATE.fullmatch(row["unit"]), MANY.fullmatch(row["unit"])
    if many:
        return f"{unit_word(many.group(1))} for one {many.group(3)}"
    if rate:
        return f"{unit_word(rate.group(2))} for one {rate.group(1)}"
    return unit_word(row["unit"])


def machine_words(key):
    """A machine for people."""
    machine, cpus, pcid, _ = key
    parts = [MACHINES.get(machine, machine)]
    if machine != "simulation":
        parts.append("1 CPU" if cpus == 1 else f"{cpus} CPUs")
        parts.append("PCID in use" if pcid else "no PCID")
    return ", ".join(parts)
