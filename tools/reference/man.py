"""Pages for `man`, in the macros of man(7)."""

import os
import re
import textwrap

from layout import WORD, sections

WIDTH = 78


def path_of(page):
    """Where `man -M` looks for a page."""
    return os.path.join(f"man{page.section[0]}", f"{page.name}.{page.section}")


def escape(text):
    """Plain words, without what troff would take for its own."""
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")


def words(text):
    """Words in running text: a hyphen stays one, and an apostrophe too."""
    return text.replace("\\", "\\e").replace("`", "\\(ga")


def inline(text, page, index):
    """A text with its names marked."""
    parts, begin = [], 0
    for match in WORD.finditer(text):
        word = match.group()
        parts.append(words(text[begin : match.start()]))
        begin = match.end()
        other = index.find(word, page)
        if other:
            parts.append(f"\\fB{escape(other.name)}\\fR({other.section})")
        elif word.startswith("`"):
            parts.append(f"\\fI{escape(word[1:-1])}\\fR")
        else:
            parts.append(words(word))
    return "".join([*parts, words(text[begin:])])


def filled(text):
    """Lines of running text; none may begin as a request does."""
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [re.sub(r"^(?=[.'])", r"\\&", line) for line in lines]


def verbatim(lines):
    """Lines of code."""
    return [".nf", *(re.sub(r"^(?=[.'\\])", r"\\&", escape(line)) for line in lines), ".fi"]


def rows(section, page, index):
    """Terms, each with its text."""
    lines = []
    for term, text in section.rows:
        name = escape(term) if isinstance(term, str) else f"{escape(term.name)}\\fR({term.section})"
        lines += [".TP", f"\\fB{name}\\fR", *filled(inline(text, page, index))]
    return lines


def body(section, page, index):
    """What stands in a section."""
    lines = []
    for block in section.blocks:
        lines += [".PP"] if lines else []
        text = inline(" ".join(block.lines), page, index)
        lines += verbatim(block.lines) if block.is_code else filled(text)
    lines += rows(section, page, index)
    names = [f"\\fB{escape(other.name)}\\fR({other.section})" for other in section.links]
    return lines + filled(", ".join(names))


def render(page, index, date):
    """The text of a page."""
    lines = [f'.TH {page.name} {page.section} "{date}" "Vasco"', ".SH NAME",
             *filled(f"{page.name} \\- {inline(page.brief, page, index)}")]
    for section in sections(page):
        lines += [f".SH {section.title.upper()}", *body(section, page, index)]
    return "\n".join(lines) + "\n"
