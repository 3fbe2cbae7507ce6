"""What comes over the serial line: plain lines, shown, logged, searched for the verdict."""

import re
import sys

# Cursor movements, colours and modes, which firmware and GRUB send.
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[=>c])")
VERDICT = re.compile(r"^vasco: exit code (\d+)$")


class Serial:
    """Takes bytes as they arrive; keeps the lines."""

    def __init__(self, log=None, show=None, raw=False):
        self.log = log
        self.show = None if raw else show
        self.raw = show if raw else None  # a person's terminal: all is shown, as it comes
        self.lines = []
        self.partial = b""

    def feed(self, data):
        """Take more bytes. Whole lines are handed on at once."""
        if self.raw and data:
            self.raw.buffer.write(data)
            self.raw.buffer.flush()
        *whole, self.partial = (self.partial + data).split(b"\n")
        for line in whole:
            self._line(line)

    def finish(self):
        """The machine has stopped: hand on what is left."""
        if self.partial:
            self._line(self.partial)
            self.partial = b""

    def verdict(self):
        """The exit code that the kernel printed as its last line, or None."""
        for line in reversed(self.lines):
            if line:
                match = VERDICT.match(line)
                return int(match.group(1)) if match else None
        return None

    def _line(self, raw):
        text = ESCAPES.sub(b"", raw).replace(b"\r", b"").decode("utf-8", "replace").rstrip()
        self.lines.append(text)
        for file in (self.log, self.show):
            if file:
                file.write(text + "\n")
                file.flush()


def to_terminal():
    """Standard output, which must not fail on a character that the locale lacks."""
    sys.stdout.reconfigure(errors="replace")
    return sys.stdout
