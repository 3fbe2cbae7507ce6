/*
 * floor 2: what the keys of a PC's keyboard mean: scan codes of set 1 (IBM PS/2 Technical
 * Reference, "Keyboard"), as the controller translates them, into what a serial terminal would
 * send. US layout.
 */
#ifndef VASCO_CPU_KEYS_H
#define VASCO_CPU_KEYS_H

#include "base/types.h"

/* Which keys are held, and what came before. All zeroes: none. */
struct keys {
    bool shift[2];
    bool ctrl[2];
    bool caps;
    bool extended; /* 0xe0 came */
    uint8_t skip;  /* bytes that belong to the pause key */
};

#define KEYS_BYTES_MAX 4

/* Takes a byte of the keyboard's. Returns how many bytes it puts into `out`: mostly none or one. */
uint32_t keys_take(struct keys *keys, uint8_t code, char out[KEYS_BYTES_MAX]);

#endif
