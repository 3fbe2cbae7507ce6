#!/usr/bin/env python3
"""Prints the letters of a VGA BIOS as C source: the table of cpu/font.h.

    arch/x86_64/cpu/font.py /usr/share/vgabios/vgabios.bin > font.c

The 8x16 font of Debian's package `vgabios` is that of a PC's text mode, so a screen of pixels looks
like one of text. It comes from Joseph Gil's collection fntcol16.zip, whose fonts are in the public
domain. It is found by its first two letters, an empty one and a face, which occur once.
"""

import sys

HEIGHT = 16
LETTERS = 256
EMPTY = bytes(HEIGHT)
FACE = bytes.fromhex("00007e81a58181bd9981817e00000000")


def glyphs(path):
    """The printable letters of ASCII, each as the bytes of its rows."""
    with open(path, "rb") as file:
        rom = file.read()
    start = rom.find(EMPTY + FACE)
    if start < 0 or rom.find(EMPTY + FACE, start + 1) >= 0 or start + LETTERS * HEIGHT > len(rom):
        raise SystemExit(f"{path} does not hold the 8x16 font of a VGA BIOS")
    return [rom[start + c * HEIGHT : start + (c + 1) * HEIGHT] for c in range(ord(" "), ord("~") + 1)]


def main():
    """Print them."""
    print('#include "cpu/font.h"\n')
    print("const uint8_t font_glyphs[FONT_GLYPHS][FONT_HEIGHT] = {")
    for rows in glyphs(sys.argv[1]):
        print("    {" + ", ".join(f"0x{row:02x}" for row in rows) + "},")
    print("};")


if __name__ == "__main__":
    main()
