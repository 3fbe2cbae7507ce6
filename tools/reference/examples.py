"""Examples: of the functions that make a call, the shortest in the place that is best to read."""

import glob
import os
import re

import csource
import tables

LINES = 15  # of an example at most
LEAST = 4  # below that a function shows little
# Where to look, the best first: what was written to be read, then what was written to work or to test.
PLACES = ("user/examples", "user/tour", "user/textpager", "user/zeropager", "user/rfc", "user/maps",
          "user/registry", "user/console", "user/kv", "user/init", "user/bench", "libc/include", "libc",
          "user/tests", "user/stress")
NUMBER = re.compile(r"\bSYSCALL_([a-z]\w*)")
CALL = re.compile(r"\b([a-z_]\w*)\(")


class Place:
    """A function of a program: where it is, and its text."""

    def __init__(self, path, rank, function):
        self.path = path
        self.rank = rank
        self.lines = csource.wrapped(function.text, 90).rstrip(";").split("\n") + function.body
        body = "\n".join(function.body)
        self.calls = set(CALL.findall(body)) | {f"sys_{name}" for name in NUMBER.findall(body)}

    def order(self):
        """What comes first is the better example."""
        return self.rank, len(self.lines) > LINES, len(self.lines) < LEAST, len(self.lines), self.path


def places():
    """All functions of all programs; those that include <sys/vas.h> apart."""
    found = {False: [], True: []}
    for rank, folder in enumerate(PLACES):
        names = glob.glob(os.path.join(tables.ROOT, folder, "**", "*.[ch]"), recursive=True)
        for name in sorted(names):
            path = os.path.relpath(name, tables.ROOT)
            text = tables.read(path)
            for function in csource.scan(text)[1]:
                if function.body:
                    found["<sys/vas.h>" in text].append(Place(path, rank, function))
    return found


def excerpt(place, name):
    """The lines of a function around a call, whole if it is short."""
    lines = place.lines
    if len(lines) <= LINES:
        return lines
    number = name.replace("sys_", "SYSCALL_")
    at = next(i for i, line in enumerate(lines) if re.search(rf"\b{name}\(|{number}\b", line))
    first = max(min(at - LINES // 2 + 1, len(lines) - LINES + 2), 1)
    cut = lines[first : first + LINES - 2]
    before = [lines[0], "    ..."] if first > 1 else [lines[0]]
    return before + cut + (["    ..."] if first + len(cut) < len(lines) else [])


class Examples:
    """Examples for calls."""

    def __init__(self):
        self.places = places()

    def find(self, name, is_rfc=False):
        """Where a call is made, and the lines; None if nobody makes it."""
        made = [place for place in self.places[is_rfc] if name in place.calls]
        if not made:
            return None
        # A test is a better example than no example, but anything that fits is better than a cut.
        best = min(made, key=lambda place: (len(place.lines) > LINES, *place.order()))
        return best.path, excerpt(best, name)
