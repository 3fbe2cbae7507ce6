"""Doc comments: what they say of a call, sentence by sentence.

    Needs VAS: VIEW.            the rights ("Needs no right.")
    Errors: CODE (when), CODE.  the errors beside those that the header names for all of its calls
    Blocks until ...            or "Does not block."
    Returns ...                 the result
    The same, ...               what is said of the call before holds here too
    As NAME, ...                what is said of that call does

An indented piece is code. The head comment of a header can say of all of its calls that none blocks,
that none needs a right, and which errors each can give.
"""

import re
from collections import namedtuple

Block = namedtuple("Block", "is_code lines")

ERRORS = re.compile(r"Errors|Besides the errors|Each returns -1")
CODED = re.compile(r"[A-Z][A-Z_]*[A-Z]\b[ ,:]")
OF_ALL = re.compile(r"(None|Neither|No call|Every call|Only|All calls|Calls)\b")
MORE = ("Needs ", "Returns ", "Does not block", "Blocks ")
BLOCKING = re.compile(r"\b(blocks|blocking)\b|\b(not|can|and) block\b|\buntil .* at most\b", re.I)


def strip(comment):
    """The lines of a comment without its stars."""
    inner = re.sub(r"^/\*+|\*+/$", "", comment.strip())
    first, *others = inner.split("\n")
    return [first.strip(), *(re.sub(r"^ \* ?", "", line).rstrip() for line in others)]


def blocks(comment):
    """Paragraphs, each as one line, and pieces of code."""
    found = []
    for line in strip(comment):
        if not line.strip():
            found.append(None)
            continue
        is_code = line.startswith("  ")
        last = found[-1] if found else None
        if last is not None and last.is_code == is_code:
            last.lines.append(line)
        else:
            found.append(Block(is_code, [line]))
    return [Block(block.is_code, dedent(block.lines)) for block in merged(found)]


def merged(found):
    """Pieces of code with nothing but empty lines between them are one."""
    result = []
    for block in found:
        if block is None:
            continue
        if block.is_code and result and result[-1].is_code:
            result[-1].lines.extend(["", *block.lines])
        else:
            result.append(block)
    return result


def dedent(lines):
    """Lines of code moved to the margin; words that begin with one blank do not."""
    margin = min(len(line) - len(line.lstrip()) for line in lines if line)
    return [line[margin:] for line in lines]


def sentences(text):
    """A text cut at the ends of sentences that stand outside of brackets."""
    found, depth, begin = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter in ".?!" and depth <= 0 and re.match(r"\)?\s+[A-Z0-9`*(]", text[at + 1 :]):
            found.append(text[begin : at + 1].strip())
            begin = at + 1
    found.append(text[begin:].strip())
    return [sentence for sentence in found if sentence]


def bracket(text):
    """What stands in the bracket with which a text begins, or nothing."""
    if not text.startswith("("):
        return ""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:at]
    return ""


def codes(text, known):
    """The codes that a text names, each with what it says of it: in brackets, or behind a colon."""
    found = {}
    for match in re.finditer(r"\b[A-Z][A-Z_]*[A-Z]\b", text):
        name = match.group()
        if name not in known or text[: match.start()].endswith(("STATUS_", "FAULT_")):
            continue
        rest = text[match.end() :]
        why = bracket(rest.lstrip())
        if not why and re.match(r": (?![A-Z]+\b)", rest):
            why = re.split(r"\.(?:\s|$)", rest[2:])[0]
        elif not why and re.match(r" (?:for|where|if|at|as) ", rest):
            why = re.split(r",(?: and)? [A-Z]|\.(?:\s|$)|; |: ", rest[1:])[0]
        found[name] = found.get(name) or why.strip()
    return found


class Comment:
    """What one comment says."""

    def __init__(self, comment, known):
        self.blocks = blocks(comment) if comment else []
        self.paragraphs = [sentences(" ".join(block.lines))
                           for block in self.blocks if not block.is_code]
        self.sentences = [sentence for paragraph in self.paragraphs for sentence in paragraph]
        self.text = " ".join(self.sentences)
        self.codes = codes(" ".join(self.errors), known)

    def starting(self, *words):
        """The sentences that begin with one of these words."""
        return [sentence for sentence in self.sentences if sentence.startswith(words)]

    @property
    def base(self):
        """The call that this one is like: its name, "" for the one before, or None."""
        if re.match(r"The same\b", self.text):
            return ""
        match = re.match(r"As (\w+)[,:]", self.text)
        return match.group(1) if match else None

    @property
    def blocking(self):
        """The sentences that say whether the call blocks."""
        return [sentence for sentence in self.sentences if BLOCKING.search(sentence)]

    @property
    def rights(self):
        """The sentences that say which rights it needs."""
        return self.starting("Needs ")

    @property
    def errors(self):
        """The sentences that say which errors there are: what begins with a code, and what follows on
        the word in its paragraph."""
        found = []
        for paragraph in self.paragraphs:
            begun = False
            for sentence in paragraph:
                begun = begun or bool(ERRORS.match(sentence))
                if (begun and not sentence.startswith(MORE)) or CODED.match(sentence):
                    found.append(sentence)
        return found

    def of_all(self, pattern):
        """The sentences of a head comment that say something of all calls."""
        return [s for s in self.sentences if OF_ALL.match(s) and re.search(pattern, s)]
