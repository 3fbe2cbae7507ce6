"""The two texts that stand in docs: the system calls in full, and a list of the library's calls."""

import tables
from layout import Index
from markdown import inline

SYSCALLS = """# System calls

Made by `make docs` from the tables in `kernel/abi`. Programs use the wrappers of
`libc/include/vasco`, which say more of what each is for: [library.md](library.md).

The number goes in RAX, parameters in RDI RSI RDX R10 R8 R9; RAX returns zero or more, or a
negative status. RCX and R11 are lost; other caller-saved registers come back as zero or
as they were. A call that returns an error has changed nothing, but where its text says so. Every
call can return `BAD_CALL`, and where it takes a handle `BAD_HANDLE`, `DESTROYED`, `WRONG_TYPE` and
`NO_RIGHT`. A call waits for others only where it says `Blocks`. Calls that end something or go
through much memory can be interrupted, and then take until it is done.
"""

LIBRARY = """# The library

Made by `make docs` from the headers in `libc/include`. `make reference` makes a page for each call
(`build/reference/HEADER/CALL.md`), with its rights, its errors, whether it blocks, what it costs and an
example; `make man` makes the same pages for `man -M build/man`. Below the library are the
[system calls](syscalls.md).
"""


def calls():
    """One section for each system call, in order of number."""
    for call in tables.calls():
        yield f"### {call.number}: {call.name}\n"
        yield f"```c\nint64_t sys_{call.name}{call.parameters};\n```\n\n{call.summary}\n"
        if call.rights:
            yield f"Rights: {call.rights}.\n"
        if call.errors:
            yield f"Errors: {', '.join(f'`{word}`' for word in call.errors.split())}.\n"
        if call.blocks:
            yield f"Blocks {call.blocks}.\n"


def rights():
    """The table of object types with their rights."""
    yield "| object | right | bit | meaning |\n|---|---|---|---|"
    for thing in tables.objects():
        for right in thing.rights:
            yield f"| {thing.word} | `{right.name}` | {right.bit} | {right.meaning} |"
    for right in tables.common_rights():
        yield f"| any | `{right.name}` | {right.bit} | {right.meaning} |"


def statuses():
    """The table of status codes."""
    yield "| value | name | meaning |\n|---|---|---|"
    for name, status in tables.statuses().items():
        yield f"| {status.value} | `{name}` | {status.meaning} |"


def syscalls():
    """docs/syscalls.md."""
    return "\n".join([SYSCALLS, "## Calls\n", *calls(), "## Rights\n", *rights(),
                      "\n## Status codes\n", *statuses()])


def library(book):
    """docs/library.md: for each header its calls, each with a line of what it does."""
    lines, nothing = [LIBRARY], Index([])
    for header in book.headers:
        path = f"../libc/include/{header.path}"
        lines += [f"## [{header.path}]({path})\n", "| call | |", "|---|---|"]
        for call in header.calls:
            page = book.library[header.name, call.name]
            lines.append(f"| `{call.name}` | {inline(page.brief, page, nothing)} |")
        lines.append("")
    return "\n".join(lines).rstrip()
