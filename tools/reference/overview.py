"""Overviews: one page for each header, and one for all."""

import tables
from comment import Block, Comment, sentences
from pages import Page, definitions
from wording import brief

# What a capability names has its page under its own name; a view is told of where VASes are.
HOME_OF = {"VIEW": "vas"}


def rights_tables(name):
    """The rights of the objects that a header is about."""
    found = []
    for thing in tables.objects():
        if HOME_OF.get(thing.type, thing.type.lower()) == name:
            rows = [(right.name, right.meaning) for right in [*thing.rights, *tables.common_rights()]]
            found.append((f"Rights: {thing.word}", rows))
    return found


def without_first(blocks):
    """Blocks without the sentence that is the page's brief already."""
    if not blocks or blocks[0].is_code:
        return blocks
    rest = " ".join(sentences(" ".join(blocks[0].lines))[1:])
    return ([Block(False, [rest])] if rest else []) + blocks[1:]


def header_page(book, header):
    """The overview of a header: what it is about, its rights, its calls."""
    blocks = [block if block.is_code else Block(False, [" ".join(block.lines)])
              for block in header.comment.blocks]
    page = Page(
        name=header.name, section="7", folder=header.name, brief=brief(header.comment.text),
        include=header.path, description=without_first(blocks),
        data=definitions(header.comment.text, book.structures),
        tables=rights_tables(header.name),
    )
    page.tables.append(("Calls", [(book.library[header.name, call.name], "") for call in header.calls]))
    made = dict.fromkeys(name for call in header.calls for name in call.makes)
    if made and header.name != "vas_rfc":
        page.tables.append(("System calls below them", [(book.system[name], "") for name in made]))
    return page


def syscalls_page(book, page):
    """To the overview of vasco/syscalls.h: how a call is made, and all of them."""
    head = Comment(tables.read("kernel/abi/syscalls.def").split("*/")[0] + "*/", book.codes)
    page.description += [block if block.is_code else Block(False, [" ".join(block.lines)])
                         for block in head.blocks[1:]]
    page.tables.append(("System calls", [(call, "") for call in book.system.values()]))


def status_page(book, page):
    """To the overview of vasco/status.h: all codes."""
    rows = [(f"{status.value} {name}", status.meaning) for name, status in book.statuses.items()]
    page.tables.append(("Codes", rows))


def overviews(book):
    """The overviews, that of all first."""
    pages = {header.name: header_page(book, header) for header in book.headers}
    syscalls_page(book, pages["syscalls"])
    status_page(book, pages["status"])
    first = Page(
        name="vasco", section="7", folder="", brief="the system calls and the library of Vasco",
        description=[Block(False, [
            "One page for each call, with its rights, its errors, and whether it blocks; and one for"
            " each header of the library. All of them are made from the tables in kernel/abi and from"
            " the headers in libc/include."])],
        tables=[("Overviews", [(page, "") for page in pages.values()])],
    )
    return [first, *pages.values()]


def homeless(book):
    """Object types whose rights no overview tells."""
    names = {header.name for header in book.headers}
    return [thing.type for thing in tables.objects()
            if HOME_OF.get(thing.type, thing.type.lower()) not in names]
