"""The library: each header with its calls, and what is known of each from comment, base and table."""

import glob
import os
import re

import csource
import tables
from comment import Comment

INCLUDE = os.path.join(tables.ROOT, "libc", "include")
# What servers and clients of the library itself say to each other, and what only it calls.
OWN_HEADERS = ("vasco/kv_protocol.h", "vasco/registry_protocol.h", "sys/_pthreadtypes.h")
OWN_CALLS = ("message_exchange", "message_answer", "message_short")
NONE = "Needs no right."
NOT_BLOCKING = "Does not block."
# Types of results that say whether the call has failed.
FAILING = ("int64_t", "handle_t", "int")


def system_calls(text):
    """The system calls that a piece of C makes, in its order."""
    return list(dict.fromkeys(re.findall(r"\b(?:sys_|SYSCALL_)([a-z]\w*)", text)))


class LibraryCall:
    """A function of a header."""

    def __init__(self, header, function, base, known):
        self.header = header
        self.function = function
        self.name = function.name
        self.base = base
        self.comment = Comment(function.comment, known)
        self.group = []  # the calls that share its comment, itself too
        self.makes = []  # system calls
        self.table = {}  # what kernel/abi says of these

    @property
    def is_wrapper(self):
        """Whether it is one system call, so that what the table says of that holds for it too."""
        return len(self.makes) == 1 and bool(self.function.body)

    @property
    def has_handle(self):
        """Whether it takes a capability, of which it could need a right."""
        return "handle_t " in self.function.parameters.replace("handle_t *", "")

    @property
    def can_fail(self):
        """Whether its result can be an error."""
        return self.function.result in FAILING

    @property
    def is_plain(self):
        """Whether it only computes: its body calls nothing."""
        body = " ".join(self.function.body)
        called = re.search(r"\b(?!(?:sizeof|return|if|while|for|switch)\b)[a-z_]\w*\(", body)
        return bool(body) and not self.makes and not called

    def rights(self):
        """The sentences that say which rights it needs; none if nothing says so."""
        if self.comment.rights:
            return self.comment.rights
        if not self.has_handle or self.is_plain:
            return [NONE]
        if self.is_wrapper:
            words = self.table[self.makes[0]].rights
            return [f"Needs {words}." if words and not words.endswith("none") else NONE]
        return (self.base.rights() if self.base else []) or self.header.rights

    def blocking(self):
        """The sentences that say whether it blocks; none if nothing says so."""
        if self.comment.blocking:
            return self.comment.blocking
        if self.is_plain:
            return [NOT_BLOCKING]
        if self.base:
            return self.base.blocking()
        if self.is_wrapper:
            words = self.table[self.makes[0]].blocks
            return [f"Blocks {words}." if words else NOT_BLOCKING]
        is_none = [s.startswith(("None", "Neither", "No call")) for s in self.header.blocking]
        return [NOT_BLOCKING] if any(is_none) else self.header.blocking

    def codes(self):
        """The errors that comments name, each with what they say of it."""
        found = dict(self.comment.codes)
        for name, why in (self.base.codes() if self.base else {}).items():
            found[name] = found.get(name) or why
        return found

    def says_errors(self):
        """Whether a comment says which errors there are."""
        if self.comment.errors or self.is_wrapper or self.is_plain or not self.can_fail:
            return True
        return self.header.says_errors or bool(self.base and self.base.says_errors())


class Header:
    """A header and its calls."""

    def __init__(self, path, known):
        text = tables.read(f"libc/include/{path}")
        self.path = path
        self.name = "vas_rfc" if path == "sys/vas.h" else os.path.basename(path)[:-2]
        head, functions = csource.scan(text)
        self.macros = csource.macros(text)
        self.comment = Comment(head, known)
        self.rights = self.comment.of_all(r"\bneeds\b")
        self.blocking = self.comment.of_all(r"\bblocks?\b")
        self.general = self.comment.codes
        self.says_errors = any(s.startswith(("Errors of all", "Each returns -1"))
                               for s in self.comment.sentences)
        self.calls = []
        self.add_calls(functions, known)

    def add_calls(self, functions, known):
        """Makes the calls, each with the one that it is like."""
        last = None
        for function in functions:
            if function.name in OWN_CALLS:
                continue
            like = Comment(function.comment, known).base
            base = last if like == "" else self.find(like)
            call = LibraryCall(self, function, base, known)
            self.calls.append(call)
            last = call if like is None else last
        for call in self.calls:
            call.group = [other for other in self.calls
                          if other.function.group == call.function.group]

    def find(self, name):
        """The call of this name, or None."""
        return next((call for call in self.calls if call.name == name), None)

    def body(self, function):
        """What a function of the header does, with the macros that it calls."""
        text = "\n".join(function.body)
        return text + "".join(more for name, more in self.macros.items() if f"{name}(" in text)


def bodies():
    """The functions of the library's C files: body by name; for sys/vas.h under `rfc NAME`."""
    found = {}
    for path in glob.glob(os.path.join(tables.ROOT, "libc", "**", "*.c"), recursive=True):
        text = tables.read(path)
        prefix = "rfc " if "<sys/vas.h>" in text or "vas_rfc.h" in text else ""
        for function in csource.scan(text)[1]:
            found[prefix + function.name] = "\n".join(function.body)
    return found


def headers():
    """All public headers that have calls, with the system calls that each of these makes."""
    known = {**tables.statuses(), **tables.errnos()}
    paths = [os.path.relpath(path, INCLUDE)
             for path in glob.glob(os.path.join(INCLUDE, "**", "*.h"), recursive=True)]
    paths = sorted(set(paths) - set(OWN_HEADERS), key=lambda path: (not path.startswith("vasco/"), path))
    found = [header for header in (Header(path, known) for path in paths) if header.calls]
    inside = bodies()
    table = {call.name: call for call in tables.calls()}
    for header in found:
        for call in header.calls:
            prefix = "rfc " if header.name == "vas_rfc" else ""
            body = header.body(call.function) or inside.get(prefix + call.name, "")
            call.table = table
            call.makes = system_calls(body) or (call.base.makes if call.base else [])
    return found
