"""From a guest's serial line to records: what machine it was, and what it has measured."""

import collections
import json
import os
import re
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
BOOT = os.path.join(HERE, "..", "boot", "boot")
MARK = "BENCH "
COMPLAINT = re.compile(r"(?:bench|boot): (.*\S)")  # why the guest or the machine gives up
MACHINES = {"tcg": "qemu-tcg", "icount": "qemu-tcg-icount", "kvm": "qemu-kvm"}
FROM_GUEST = ["bench", "params", "unit", "cold", "n", "min", "p10", "median", "p90", "p99", "max",
              "mean", "cpus", "pcid"]


class Problem(Exception):
    """What the user must know, and the exit status."""

    def __init__(self, text, status=1):
        super().__init__(text)
        self.status = status


# One boot: a machine, and which benchmarks run on it.
Boot = collections.namedtuple("Boot", "name accel machine cpus memory options plugin",
                              defaults=("tcg", "qemu", 1, "1G", "", None))


def machine_name(boot):
    """What the machine is called in results."""
    return "bochs" if boot.machine == "bochs" else MACHINES[boot.accel]


def unit(boot):
    """What the time-stamp counter counts there."""
    return "insn" if boot.machine == "bochs" or boot.accel == "icount" else "cycle"


def output(*words):
    """What a command prints, or nothing."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def commit():
    """The short hash of what was built, marked if the tree differs from it, and its date."""
    name = output("git", "-C", HERE, "rev-parse", "--short", "HEAD") or "unknown"
    dirty = "-dirty" if output("git", "-C", HERE, "status", "--porcelain") else ""
    return name + dirty, output("git", "-C", HERE, "log", "-1", "--format=%cs")


def emulator(boot):
    """Its name and version."""
    if boot.machine == "bochs":
        version = output("dpkg-query", "-W", "-f", "${Version}", "bochs").partition("+")[0]
        return f"Bochs {version}".strip()
    found = re.search(r"version (\S+)", output("qemu-system-x86_64", "--version"))
    return f"QEMU {found.group(1)}" if found else "QEMU"


def parse(text):
    """One object from one line of a guest."""
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise Problem(f"a guest printed what is no result: {text.strip()}: {error}") from error
    if not isinstance(record, dict):
        raise Problem(f"a guest printed what is no result: {text.strip()}")
    if "bench" in record:
        missing = [key for key in FROM_GUEST if key not in record]
        if missing:
            raise Problem(f"a result lacks {', '.join(missing)}: {text.strip()}")
    return record


class Records:
    """What one machine says, line by line."""

    def __init__(self, about):
        self.about = about  # what the guest cannot know of its run
        self.records = []
        self.hertz = 0  # of its time-stamp counter
        self.run = None  # the last that has begun, and its last turn
        self.turn = None

    def add(self, record):
        """A record of the guest's, with what it cannot know."""
        if "run" in record:
            self.hertz = record["run"]["tsc_hz"]
            self.run = {**record["run"], **self.about, "left_out": []}
            self.records.append({"run": self.run})
        elif "bench" in record:
            known = {key: self.about[key] for key in ("machine", "commit")}
            if record["unit"].endswith("/Mcycle"):
                known["per_second"] = round(record["median"] * self.hertz / 1e6)
            self.records.append({**record, **known})
        elif "turn" in record:
            self.turn = record["turn"]
        elif "left_out" in record and self.run:
            self.run["left_out"].append(record["left_out"])

    def is_cut(self):
        """Whether the last turn that has begun is not the last one of all."""
        return self.turn is not None and self.turn["i"] + 1 < self.turn["n"]

    def results(self):
        """How many figures there are."""
        return sum("bench" in record for record in self.records)


def seeds(records):
    """By which seeds the benchmarks of these runs were ordered, in words."""
    return ", ".join(sorted({str(record["run"]["seed"]) for record in records
                             if "seed" in record.get("run", {})})) or "unknown"


def run_boot(boot, args, folder, progress):
    """One boot; its records."""
    revision, date = commit()
    about = {"machine": machine_name(boot), "emulator": emulator(boot), "options": boot.options,
             "commit": revision, "commit_date": date}
    found = Records(about)
    complaint = ""
    words = [BOOT, "--accel", boot.accel, "--machine", boot.machine, "--run", "bench",
             "--memory", boot.memory, "--cpus", str(boot.cpus), "--timeout", str(args.timeout),
             "--options", f"unit={unit(boot)} report=json {boot.options}", args.iso]
    words += ["--plugin", boot.plugin] if boot.plugin else []
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process, \
            open(os.path.join(folder, f"{boot.name}.log"), "w", encoding="utf-8") as log:
        for line in process.stdout:
            if not line.startswith(MARK):
                log.write(line)
                found_why = COMPLAINT.match(line)
                complaint = found_why.group(1) if found_why else complaint
                continue
            record = parse(line[len(MARK):])
            found.add(record)
            if "turn" in record:
                progress.show(boot.name, record["turn"])
    progress.done(boot.name)
    if process.returncode != 0:
        why = complaint or f"exit status {process.returncode}"
        raise Problem(f"{boot.name} has failed: {why} (see {os.path.relpath(log.name)})",
                      process.returncode)
    if found.results() == 0:
        raise Problem(f"{boot.name} reported no results: see {os.path.relpath(log.name)}")
    return found.records


def read_log(path):
    """The records in what a real machine has sent."""
    found = Records({"machine": "bare-metal", "emulator": "", "options": "", "commit": "unknown",
                     "commit_date": ""})
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith(MARK):
                    found.add(parse(line[len(MARK):]))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from error
    if found.results() == 0:
        raise Problem(f"{path} has no line `{MARK}...`: boot with `report=json`")
    if found.is_cut():
        print(f"bench: {path} ends in turn {found.turn['i'] + 1} of {found.turn['n']}: what came "
              "later is not in the results", file=sys.stderr)
    return found.records


def write_results(path, records):
    """One object a line; how many are figures."""
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, separators=(",", ":")) + "\n")
    return sum("bench" in record for record in records)


class Progress:
    """One line that tells how far each boot is, where people look; a word for each boot's end."""

    def __init__(self, total):
        self.total = total
        self.ended = 0
        self.now = {}
        self.lock = threading.Lock()
        self.live = sys.stderr.isatty()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.live:
            sys.stderr.write("\r\x1b[K")

    def line(self):
        """What is going on."""
        states = [f"{name} {turn['i'] + 1}/{turn['n']} {turn['bench']}"
                  for name, turn in self.now.items()]
        return f"{self.ended} of {self.total} boots done; " + "; ".join(states)

    def show(self, name, turn):
        """A boot takes its next turn."""
        with self.lock:
            self.now[name] = turn
            if self.live:
                sys.stderr.write(f"\r\x1b[K{self.line()[:100]}")
                sys.stderr.flush()

    def done(self, name):
        """A boot has ended."""
        with self.lock:
            self.now.pop(name, None)
            self.ended += 1
            clear = "\r\x1b[K" if self.live else ""
            print(f"{clear}{name} has ended, {self.ended} of {self.total}", file=sys.stderr,
                  flush=True)
