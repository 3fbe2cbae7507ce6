"""What a comment says, put as a page says it: without what other sections of the page tell."""

import re

from comment import Block, sentences

BRIEF = 110  # letters of a line in an index
RESULTS = {
    "int64_t": "Zero or more, or a negative status (status(7)).",
    "handle_t": "A handle, or a negative status (status(7)).",
    "void": "Nothing.",
}


def brief(text):
    """The first sentence, or what of it fits on a line of an index."""
    first = sentences(text)[0].rstrip(".")
    first = first[: min(outside(first, "; "), default=None)]
    if len(first) > BRIEF:
        cuts = [at for sign in (": ", ", ") for at in outside(first, sign)] or outside(first, " (")
        first = first[: max((at for at in cuts if BRIEF // 4 < at <= BRIEF), default=None)]
    return first if re.match(r"[A-Z]{2}", first) else first[:1].lower() + first[1:]


def outside(text, sign):
    """Where a sign stands in a text, but not within brackets."""
    return [m.start() for m in re.finditer(re.escape(sign), text)
            if text.count("(", 0, m.start()) == text.count(")", 0, m.start())]


def is_told_elsewhere(sentence):
    """Whether a sentence has its place in another section of the page as a whole."""
    if re.match(r"(Needs|Returns|Does not block|Blocks)\b|E[A-Z]+: ", sentence):
        return True
    plain = re.sub(r" \([^()]*(\([^()]*\)[^()]*)*\)", "", sentence)
    item = r"([A-Z_]+|none|those of [a-z]\w*|as [a-z]\w*)"
    return bool(re.match(rf"Errors: (also )?{item}((,|;|,? and) {item})*\.$", plain))


def described(call):
    """The blocks of a comment, with the name of the call that this one is like, and without what other
    sections tell; the first sentence stays."""
    blocks, is_first = [], True
    for block in call.comment.blocks:
        lines = block.lines
        if not block.is_code:
            told = sentences(" ".join(block.lines))
            told = [s for at, s in enumerate(told) if (is_first and at == 0) or not is_told_elsewhere(s)]
            lines, is_first = [" ".join(told)] if told else [], False
        if lines:
            blocks.append(Block(block.is_code, lines))
    if blocks:
        blocks[0] = Block(False, [same_as(call, blocks[0].lines[0])])
    return blocks


def same_as(call, text):
    """A text that begins with `The same`, with the name of the call that this one is like."""
    if not call.base or call.comment.base:
        return text
    text = re.sub(r"^The same\b", f"As {call.base.name}", text)
    return re.sub(rf"^(As {call.base.name}) (?=if|in|at|with)", r"\1, ", text)


def errors_elsewhere(call):
    """The calls of which a comment says that their errors are this call's too."""
    names = []
    for sentence in call.comment.errors + call.header.comment.errors:
        plain = re.sub(r" \([^()]*(\([^()]*\)[^()]*)*\)|[A-Z_]{2,} as \w+", "", sentence)
        if re.search(r"\b(those of|as) [a-z]\w*_", plain):
            names += [name for name in re.findall(r"\b[a-z]\w*_\w+", plain) if name != call.name]
    return list(dict.fromkeys(names)) if call.can_fail else []


def result_of(call):
    """What a call returns whose comment says nothing of it."""
    kind = call.function.result
    if call.is_plain:
        return [] if kind != "void" else [RESULTS["void"]]
    if "_Noreturn" in kind:
        return ["It does not return."]
    if call.header.name in ("vas_rfc", "semaphore"):
        return ["Zero or more, or -1 with errno set."]
    if call.header.name == "pthread" and kind == "int":
        return ["0, or the number of an error."]
    return [RESULTS[kind]] if kind in RESULTS else []
