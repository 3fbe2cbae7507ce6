"""The pages of the reference, before they are laid out as Markdown or for `man`."""

import re
from dataclasses import dataclass, field

import csource
import tables
from comment import Block, Comment
from costs import costs
from examples import Examples
from library import NONE, NOT_BLOCKING, headers
from wording import brief, described, errors_elsewhere, result_of, same_as

OF_HANDLES = ("BAD_HANDLE", "DESTROYED", "WRONG_TYPE", "NO_RIGHT")


@dataclass(eq=False)
class Page:
    """One page. Texts are lists of sentences, or of blocks where there can be code."""

    name: str
    section: str  # of `man`: 2 system calls, 3 library, 3rfc that of sys/vas.h, 7 overviews
    folder: str  # of the Markdown
    brief: str
    include: str = ""
    synopsis: list = field(default_factory=list)
    description: list = field(default_factory=list)
    data: list = field(default_factory=list)  # definitions of structures
    result: list = field(default_factory=list)
    rights: list = field(default_factory=list)
    errors: list = field(default_factory=list)  # (code, when)
    more_errors: list = field(default_factory=list)  # names of calls whose errors these are too
    blocking: list = field(default_factory=list)
    costs: list = field(default_factory=list)  # (what, instructions)
    example: tuple = ()  # path and lines
    see: list = field(default_factory=list)  # pages
    tables: list = field(default_factory=list)  # of an overview: (title, rows of (term, text))
    complaints: list = field(default_factory=list)  # what is missing or contradicts itself

    def full_name(self):
        """The name with the section of `man`."""
        return f"{self.name}({self.section})"

    def function_name(self):
        """What a program calls: that of a system call begins with sys_."""
        return f"sys_{self.name}" if self.section == "2" else self.name


def definitions(text, known):
    """The structures that a text names."""
    names = dict.fromkeys(re.findall(r"\b(?:struct|enum) \w+", text))
    return [known[name] for name in names if name in known]


def explained(found, general, known):
    """Rows of (code, when) for errors, the call's own first."""
    rows = {}
    for name, why in [*found.items(), *general.items()]:
        rows[name] = rows.get(name) or why
    return [(name, why or known[name].meaning) for name, why in rows.items() if name != "OK"]


class Book:
    """All pages."""

    def __init__(self):
        self.statuses = tables.statuses()
        self.codes = {**tables.errnos(), **self.statuses}
        self.structures = tables.structures()
        self.calls = tables.calls()
        self.costs = costs()
        self.examples = Examples()
        self.headers = headers()
        self.system = {call.name: self.system_page(call) for call in self.calls}
        self.library = {}
        for header in self.headers:
            for call in header.calls:
                self.library[header.name, call.name] = self.library_page(call)

    def pages(self):
        """Every page of a call."""
        return [*self.system.values(), *self.library.values()]

    # --- system calls ---------------------------------------------------------------------------

    def system_page(self, call):
        """The page of a system call, from its line in the table."""
        name = f"sys_{call.name}"
        prototype = f"int64_t {name}{call.parameters}"
        named = Comment(f"/* {call.summary} */", self.statuses).codes
        own = {code: named.get(code, "") for code in call.errors.split()}
        handles = dict.fromkeys(OF_HANDLES, "") if "handle_t" in call.parameters else {}
        return Page(
            name=call.name, section="2", folder="syscalls", brief=brief(call.summary),
            include="vasco/syscalls.h", synopsis=[csource.wrapped(prototype)],
            description=[Block(False, [call.summary])],
            data=definitions(call.summary, self.structures),
            result=["Zero or more, or a negative status (status(7)). A call that fails has changed"
                    " nothing, but where the text says so."],
            rights=[f"Needs {call.rights}."] if call.rights and call.rights != "none" else [NONE],
            errors=explained(own, handles, self.codes),
            blocking=[f"Blocks {call.blocks}."] if call.blocks else [NOT_BLOCKING],
            costs=self.costs.get(call.name, []), example=self.examples.find(name) or (),
        )

    # --- the library ----------------------------------------------------------------------------

    def errors_of(self, call):
        """The errors of a call of the library: its comment's, its system call's and its header's."""
        found = dict(call.codes())
        if call.is_wrapper or (call.makes == [call.name] and call.header.name != "vas_rfc"):
            for code in call.table[call.makes[0]].errors.split():
                found.setdefault(code, "")
        general = dict(call.header.general)
        if call.is_wrapper and call.has_handle and not general:
            general = dict.fromkeys(OF_HANDLES, "")
        if not call.has_handle and "struct message" not in call.function.parameters:
            general = {code: why for code, why in general.items() if why or code not in OF_HANDLES}
        is_safe = not call.can_fail or call.is_plain
        return [] if is_safe else explained(found, general, self.codes)

    def library_page(self, call):
        """The page of a function of a header."""
        comment = call.comment
        blocks = described(call)
        text = " ".join(other.function.text for other in call.group) + comment.text
        page = Page(
            name=call.name, section="3rfc" if call.header.name == "vas_rfc" else "3",
            folder=call.header.name, brief=brief(blocks[0].lines[0]) if blocks else "",
            include=call.header.path,
            synopsis=[csource.wrapped(other.function.text) for other in call.group],
            description=blocks, data=definitions(text, self.structures),
            result=comment.starting("Returns ") or result_of(call),
            rights=call.rights(), errors=self.errors_of(call),
            blocking=[same_as(call, sentence) for sentence in call.blocking()],
            more_errors=errors_elsewhere(call),
            costs=[] if call.header.name == "vas_rfc" else self.costs.get(call.name, []),
            example=self.examples.find(call.name, call.header.name == "vas_rfc") or (),
        )
        page.complaints = complaints(call)
        return page


def complaints(call):
    """What the comment of a call lacks, or says against the table of system calls."""
    missing = {
        "what the call does": call.comment.text,
        "rights (`Needs ...`, `Needs no right.`)": call.rights(),
        "errors (`Errors: ...`, `Errors: none.`)": call.says_errors(),
        "whether it blocks (`Blocks ...`, `Does not block.`)": call.blocking(),
    }
    found = [f"nothing says: {what}" for what, said in missing.items() if not said]
    if not call.is_wrapper or call.base:
        return found
    entry = call.table[call.makes[0]]
    allowed = {*entry.errors.split(), *OF_HANDLES, "BAD_CALL"}
    extra = sorted(set(call.comment.codes) - allowed)
    if extra:
        found.append(f"the table of system calls lacks errors: {' '.join(extra)}")
    needed = set(re.findall(r"\b[A-Z]{4,}\b", " ".join(call.comment.rights)))
    if needed - set(re.findall(r"\b[A-Z]{4,}\b", entry.rights)):
        found.append(f"the table of system calls says other rights: {entry.rights or 'none'}")
    if (NOT_BLOCKING in call.comment.blocking + call.blocking()) == bool(entry.blocks):
        found.append(f"the table of system calls says: blocks {entry.blocks or 'never'}")
    return found


def link(book, overviews):
    """Fills in where else to look: what a page names, what lies below it, and what is about it."""
    about = {page.folder: page for page in overviews}
    wrappers = {}
    for header in book.headers:
        for call in header.calls:
            page = book.library[header.name, call.name]
            below = [book.system[name] for name in call.makes if name in book.system]
            base = [book.library[header.name, call.base.name]] if call.base else []
            named = [book.library[header.name, name] for name in words(page)
                     if (header.name, name) in book.library]
            page.see = unique([*base, *named, *below, about[header.name]], page)
            for other in below:
                wrappers.setdefault(other.name, []).append(page)
    for page in book.system.values():
        named = [book.system[name] for name in words(page) if name in book.system]
        page.see = unique([*named, *wrappers.get(page.name, []), about["syscalls"]], page)


def words(page):
    """The words of a page's description."""
    text = " ".join(line for block in page.description for line in block.lines)
    return re.findall(r"\b[a-z]\w*_\w+\b", text)


def unique(found, page):
    """Pages in their order, each once, and not the page itself."""
    return [other for at, other in enumerate(found)
            if other is not page and other not in found[:at]]
