"""What stands on a page, in its order: the same for Markdown and for `man`."""

import re
from collections import namedtuple

import tables
from comment import Block

# `rows` are of (term, text), where a term can be a page; `links` are pages.
Section = namedtuple("Section", "title blocks rows links", defaults=([], [], []))

CODES = "|".join(sorted(tables.statuses(), key=len, reverse=True))
# What is more than a word: `a parameter`, a path, a structure, a page of `man`, a name with an
# underline, and a status code.
WORD = re.compile(rf"`[^`]+`|\b(?:[\w-]+/)+\w+\.\w+\b|\b(?:struct|enum) \w+|\b[a-z]\w*\(\d\w*\)"
                  rf"|\b[A-Za-z]\w*_\w*\b(?:\(\))?|\b(?:{CODES})\b")


def prose(sentences):
    """Sentences as one paragraph."""
    return [Block(False, [" ".join(sentences)])] if sentences else []


def code(text):
    """A piece of C."""
    return [Block(True, text.split("\n"))] if text else []


def synopsis(page):
    """How the call is declared."""
    include = f"#include <{page.include}>" if page.include else ""
    return "\n".join([include, *([""] if page.synopsis else []), *page.synopsis])


def call_sections(page):
    """What is known of a call."""
    others = f"Those of {', '.join(page.more_errors)}" if page.more_errors else ""
    errors = others + (", and these:" if page.errors else ".") if others else "" if page.errors else "None."
    source, lines = page.example or ("", [])
    yield Section("Return value", prose(page.result))
    yield Section("Rights", prose(page.rights))
    yield Section("Errors", prose([errors] if errors else []), page.errors)
    yield Section("Blocking", prose(page.blocking))
    yield Section("Cost", prose(["Instructions, of user and kernel together:"] if page.costs else []),
                  [(number, what) for what, number in page.costs])
    yield Section("Example", (prose([f"From {source}:"]) if source else []) + code("\n".join(lines)))


def sections(page):
    """The sections of a page that have something in them."""
    found = [
        Section("Synopsis", code(synopsis(page))),
        Section("Description", page.description),
        Section("Data", [block for text in page.data for block in code(text)]),
    ]
    if page.section != "7":
        found += call_sections(page)
    for title, rows in page.tables:
        is_links = all(not text and not isinstance(term, str) for term, text in rows)
        found.append(Section(title, rows=[(term, term.brief) for term, _ in rows] if is_links else rows))
    found.append(Section("See also", links=page.see))
    return [section for section in found if any(section[1:])]


class Index:
    """Finds the page that a word on another page means."""

    def __init__(self, pages):
        self.by_name = {}
        for page in pages:
            self.by_name.setdefault(page.name, []).append(page)

    def find(self, word, page):
        """The page, or None if the word is no call, or is the page's own."""
        named = re.match(r"(\w+)\((\d\w*)\)$", word)
        if named:
            found = [other for other in self.by_name.get(named[1], []) if other.section == named[2]]
            return found[0] if found else None
        name = word.rstrip("()").removeprefix("sys_")
        found = [other for other in self.by_name.get(name, []) if other.section != "7"]
        library = "3rfc 3 2" if page.folder == "vas_rfc" else "3 2"
        order = ("2 3" if page.section == "2" else library).split()
        found = [other for other in found if other.section in order]
        found.sort(key=lambda other: (other.folder != page.folder, order.index(other.section)))
        return found[0] if found and found[0] is not page and not word.startswith("`") else None
