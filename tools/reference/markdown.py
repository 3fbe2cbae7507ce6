"""Pages as Markdown: a folder for each header, a file for each call."""

import os
import re

from layout import WORD, sections


def path_of(page):
    """Where a page lies."""
    return os.path.join(page.folder, "README.md" if page.section == "7" else f"{page.name}.md")


def link_to(page, other, text):
    """A link from one page to another."""
    target = os.path.relpath(path_of(other), page.folder or ".")
    return f"[{text}]({target})"


def escape(text):
    """Plain words, without what Markdown would take for its own."""
    return re.sub(r"([*_<>\\])", r"\\\1", text)


def inline(text, page, index):
    """A text with its names marked, and linked where they have pages."""
    parts, begin = [], 0
    for match in WORD.finditer(text):
        word = match.group()
        parts.append(escape(text[begin : match.start()]))
        begin = match.end()
        other = index.find(word, page)
        word = word if word.endswith(")") and other else f"`{word.strip('`')}`"
        parts.append(link_to(page, other, word) if other else word)
    return "".join([*parts, escape(text[begin:])])


def row(term, text, page, index):
    """A row of a table."""
    name = f"`{term}`" if isinstance(term, str) else link_to(page, term, f"`{term.name}`")
    cells = f"| {name} | {inline(text, page, index)} |"
    return re.sub(r"(?<=[^| ])\|(?=[^| ])", r"\\|", cells)


def render(page, index):
    """The text of a page."""
    title = page.function_name()
    lines = [f"# {title}", "", inline(page.brief[:1].upper() + page.brief[1:], page, index) + ".", ""]
    for section in sections(page):
        lines += [f"## {section.title}", ""]
        for block in section.blocks:
            if block.is_code:
                lines += ["```c", *block.lines, "```", ""]
            else:
                lines += [inline(" ".join(block.lines), page, index), ""]
        if section.rows:
            lines += ["| | |", "|---|---|"]
            lines += [row(term, text, page, index) for term, text in section.rows] + [""]
        if section.links:
            lines += [", ".join(link_to(page, other, other.full_name()) for other in section.links), ""]
    return "\n".join(lines).rstrip() + "\n"
