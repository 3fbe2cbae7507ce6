"""C files as Vasco's are laid out: functions at the margin, each with its comment before it.

A comment belongs to all declarations that follow it without a blank line between them.
"""

import re
from collections import namedtuple

# `text` is the declaration on one line, `body` the lines of a definition, the braces' included.
Function = namedtuple("Function", "name result parameters text comment body group")

HEAD = re.compile(r"^(?P<result>\w[\w\s*]*?[\s*])(?P<name>\w+)\((?P<rest>.*)$")


def tidy(declaration):
    """A declaration without what says nothing to those who call it."""
    plain = re.sub(r"\s+", " ", declaration).strip().rstrip(";{ ")
    plain = re.sub(r"\b_VAS_LINK\(\w+\)", "", plain).strip()
    if "__attribute__((noreturn))" in plain:
        plain = "_Noreturn " + plain.replace("__attribute__((noreturn))", "").strip()
    plain = re.sub(r"^static inline ", "", plain)
    return re.sub(r"^static ", "", plain)


class Scanner:
    """Goes through the lines of one file."""

    def __init__(self, text):
        self.lines = text.split("\n")
        self.at = 0
        self.head = None  # the first comment
        self.comment = ""
        self.group = 0  # counts comments and blank lines: functions of one number belong together
        self.functions = []

    def take_until(self, is_last):
        """The lines from here to the one that is the last, which it is behind then."""
        taken = []
        while self.at < len(self.lines):
            taken.append(self.lines[self.at])
            self.at += 1
            if is_last(taken[-1]):
                break
        return taken

    def take_function(self):
        """A declaration or a definition of a function, or something else at the margin."""
        taken = self.take_until(lambda line: line.endswith((";", "{", "}")))
        body = []
        if taken[-1].endswith("{"):
            body = ["{"] + self.take_until(lambda line: line.startswith("}"))
        text = tidy(" ".join(taken))
        match = HEAD.match(text)
        if match and not text.startswith("typedef ") and "=" not in match["result"]:
            result = match["result"].strip()
            self.functions.append(Function(match["name"], result, match["rest"].rsplit(")", 1)[0],
                                           text, self.comment, body, self.group))
        else:
            self.comment = ""

    def step(self):
        """One line, or what begins there."""
        line = self.lines[self.at]
        if line.startswith("/*"):
            words = "\n".join(self.take_until(lambda line: "*/" in line))
            self.head = words if self.head is None else self.head
            self.comment = words
            self.group += 1
        elif line.startswith("#"):
            self.take_until(lambda line: not line.endswith("\\"))
            self.comment = ""
        elif not line.strip():
            self.at += 1
            self.comment = ""
            self.group += 1
        elif re.match(r"[A-Za-z_]", line) and not line.startswith('extern "C"'):
            self.take_function()
        else:
            self.at += 1


def scan(text):
    """The head comment of a file and its functions."""
    scanner = Scanner(text)
    while scanner.at < len(scanner.lines):
        scanner.step()
    return scanner.head or "", scanner.functions


def macros(text):
    """The macros with parameters of a file, by name."""
    found = re.findall(r"^#define (\w+)\(((?:[^\n]*\\\n)*[^\n]*)", text, re.M)
    return dict(found)


def parameters(text):
    """The parameters of a declaration, as a list."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def wrapped(declaration, width=84):
    """A declaration on as many lines as it needs."""
    head, rest = declaration.split("(", 1)
    if len(declaration) < width:
        return declaration + ";"
    lines, indent = [head + "("], " " * (len(head) + 1)
    for part in parameters(rest.rsplit(")", 1)[0]):
        fits = lines[-1].endswith("(") or len(lines[-1]) + len(part) + 2 < width
        if fits:
            lines[-1] += part if lines[-1].endswith("(") else f" {part}"
        else:
            lines.append(indent + part)
        lines[-1] += ","
    return "\n".join(lines).rstrip(",") + ");"
