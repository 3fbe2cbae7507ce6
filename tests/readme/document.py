"""What a document tells its reader to write, to type, and to expect.

    ```c             a file: its first line is a comment with the path
    ```sh            commands, one a line; what stands behind "  #" is for the reader
    ```text          behind commands: what the last of them prints. Its lines must stand together in
                     the output; a line `...` stands for any number of them. Numbers that objects
                     have, `(17)` and `thread 17`, need not be the same
    `make run ...`   in the text: a command too
"""

import re

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
PATH = re.compile(r"(?:/\*|;) (\S+/\S+)(?: \*/)?\n")
INLINE = re.compile(r"`((?:make|\./|tests/|sudo)[^`]*)`")
OBJECT = re.compile(r"(?<=\()\d+(?=\))|(?<=thread )\d+")
COMMAND_WORDS = re.compile(r"(?:make|\./\S+|sudo)(?: |$)")


class Step:
    """One thing to do: a file to write (`path`, `text`) or a command with what it must print."""

    def __init__(self, line, path=None, text=None, command=None):
        self.line = line
        self.path = path
        self.text = text
        self.command = command
        self.expected = None


class Mistake(Exception):
    """The document cannot be followed."""


def inline_commands(text, line):
    """The commands in running text."""
    for match in INLINE.finditer(text):
        command = " ".join(match.group(1).split())
        if COMMAND_WORDS.match(command):
            yield Step(line + text.count("\n", 0, match.start()), command=command)


def fenced_commands(text, line):
    """The commands of a block."""
    for number, words in enumerate(text.splitlines()):
        command = re.sub(r"\s+# .*", "", words).strip()
        if command and not command.startswith("#"):
            yield Step(line + number, command=command)


def fenced_file(text, line, kind):
    """The file of a block."""
    found = PATH.match(text)
    if not found:
        raise Mistake(f"line {line}: the block of {kind} does not begin with a path")
    return Step(line, path=found.group(1), text=text)


def steps(text):
    """All steps of a document, in its order."""
    done = []
    at = 0
    for match in FENCE.finditer(text):
        done += inline_commands(text[at:match.start()], 1 + text.count("\n", 0, at))
        at = match.end()
        line = 2 + text.count("\n", 0, match.start())
        kind, body = match.groups()
        if kind == "sh":
            done += fenced_commands(body, line)
        elif kind in ("c", "asm"):
            done.append(fenced_file(body, line, kind))
        elif kind == "text":
            if not done or not done[-1].command:
                raise Mistake(f"line {line}: no command stands before this output")
            done[-1].expected = body
        else:
            raise Mistake(f"line {line}: a block is marked sh, c, asm or text, not '{kind}'")
    return done + list(inline_commands(text[at:], 1 + text.count("\n", 0, at)))


def comparable(text):
    """Its lines, without what differs from run to run."""
    return [OBJECT.sub("N", line).rstrip() for line in text.splitlines()]


def missing_line(expected, output):
    """The first line that was to be printed and is not there, or None."""
    lines = comparable(output)
    at = 0
    for part in re.split(r"^\s*\.\.\.\n", expected, flags=re.M):
        wanted = comparable(part)
        place = next((i for i in range(at, len(lines) - len(wanted) + 1)
                      if lines[i:i + len(wanted)] == wanted), None)
        if place is None:
            return next((line for line in wanted if line not in lines[at:]), wanted[0])
        at = place + len(wanted)
    return None


def expected_code(expected):
    """The exit code of the machine that an output shows; 0 if it shows none."""
    shown = re.search(r"^vasco: exit code (\d+)$", expected or "", re.M)
    return int(shown.group(1)) if shown else 0
