/* Scan codes: see keys.h. */
#include "cpu/keys.h"

#include "base/string.h"

#define RELEASED 0x80
#define EXTENDED 0xe0
#define PAUSE 0xe1 /* and five more bytes */
#define PAUSE_BYTES 5

enum scan_code {
    CTRL = 0x1d, /* extended: the right one */
    SHIFT_LEFT = 0x2a,
    SHIFT_RIGHT = 0x36,
    CAPS = 0x3a,
    KEYPAD_ENTER = 0x1c, /* extended */
    KEYPAD_SLASH = 0x35, /* extended */
};

#define CODES 0x3a

/* By scan code, without and with shift; 0: none. */
static const char plain[CODES] =
    "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[CODES] =
    "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

/* Keys that have a sequence, on the keypad (which is used without Num Lock) and extended. */
static const char *sequence_of(uint8_t code)
{
    switch (code) {
    case 0x47:
        return "\033[H";
    case 0x48:
        return "\033[A";
    case 0x49:
        return "\033[5~";
    case 0x4b:
        return "\033[D";
    case 0x4d:
        return "\033[C";
    case 0x4f:
        return "\033[F";
    case 0x50:
        return "\033[B";
    case 0x51:
        return "\033[6~";
    case 0x52:
        return "\033[2~";
    case 0x53:
        return "\033[3~";
    default:
        return "";
    }
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static char letter_of(const struct keys *keys, uint8_t code)
{
    if (code >= CODES)
        return code == 0x4a ? '-' : code == 0x4e ? '+' : '\0';
    bool shift = keys->shift[0] || keys->shift[1];
    if (keys->caps && is_letter(plain[code]))
        shift = !shift;
    char c = shift ? shifted[code] : plain[code];
    bool has_control = is_letter(c) || (c >= '[' && c <= '_') || c == '@';
    return (keys->ctrl[0] || keys->ctrl[1]) && has_control ? (char)(c & 0x1f) : c;
}

/* Shift, control, Caps Lock; true if it is one of them. */
static bool take_modifier(struct keys *keys, uint8_t code, bool extended, bool pressed)
{
    if (code == CTRL)
        keys->ctrl[extended] = pressed;
    else if (code == SHIFT_LEFT || code == SHIFT_RIGHT)
        keys->shift[code == SHIFT_RIGHT] = extended ? keys->shift[code == SHIFT_RIGHT] : pressed;
    else if (code == CAPS)
        keys->caps ^= pressed;
    else
        return false;
    return true;
}

uint32_t keys_take(struct keys *keys, uint8_t code, char out[KEYS_BYTES_MAX])
{
    bool extended = keys->extended;
    keys->extended = false;
    if (keys->skip > 0) {
        keys->skip--;
        return 0;
    }
    if (code == EXTENDED || code == PAUSE) {
        keys->extended = code == EXTENDED;
        keys->skip = code == PAUSE ? PAUSE_BYTES : 0;
        return 0;
    }
    bool pressed = (code & RELEASED) == 0;
    code &= (uint8_t)~RELEASED;
    if (take_modifier(keys, code, extended, pressed) || !pressed)
        return 0;
    const char *sequence = sequence_of(code);
    uint32_t n = (uint32_t)strlen(sequence);
    memcpy(out, sequence, n);
    if (n > 0)
        return n;
    if (extended && code != KEYPAD_ENTER && code != KEYPAD_SLASH)
        return 0;
    out[0] = letter_of(keys, code);
    return out[0] != '\0' ? 1 : 0;
}
