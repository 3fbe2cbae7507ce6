/* The console: the serial port and the screen, see arch/console.h. */
#include "cpu/console.h"

#include <arch/console.h>

#include "base/log.h"
#include "cpu/instr.h"
#include "cpu/keyboard.h"
#include "cpu/serial.h"

/* The cursor of a text mode (IBM VGA, CRT controller): it would blink where the loader left it. */
#define CRTC_INDEX 0x3d4
#define CRTC_DATA 0x3d5
#define CRTC_CURSOR_START 0x0a
#define CURSOR_OFF 0x20

/*
 * What has been typed. Interrupts put it there, on the first CPU; who reads, one at a time, looks
 * at the devices too when there is nothing, since an interrupt that comes while somebody else looks
 * is not made up for. Whoever looks, does so alone: the other one has nothing to do then.
 */
#define INPUT_BYTES 1024 /* a power of two */
#define INPUT_AT_ONCE 64
static struct {
    unsigned char bytes[INPUT_BYTES];
    uint32_t given; /* so far; wraps around */
    uint32_t taken;
    bool busy;
} input;

static bool has_serial;
static bool has_keyboard;
static bool draws_all;

void console_init(void)
{
    has_serial = serial_init();
    has_keyboard = keyboard_init();
}

/* The read of a port waits for stores (SDM 3A 8.1.3, 12.3.1): what is read back comes from outside.
 */
static bool keeps(volatile uint16_t *cell, uint16_t value)
{
    *cell = value;
    cpu_in8(CRTC_INDEX);
    return *cell == value;
}

/* Loaders tell of a text mode even where there is no graphics card. */
static bool memory_answers(volatile uint16_t *cell)
{
    return keeps(cell, 0x0720) && keeps(cell, 0x0055);
}

void console_add_screen(const struct screen_mode *mode, void *memory)
{
    if (mode->kind == SCREEN_TEXT) {
        if (!memory_answers(memory))
            return;
        cpu_out8(CRTC_INDEX, CRTC_CURSOR_START);
        cpu_out8(CRTC_DATA, CURSOR_OFF);
    }
    screen_init(mode, memory);
}

void console_say(void)
{
    if (has_serial)
        log_text("[console] serial line at 0x%x", SERIAL_PORT);
    else
        log_text("[console] no serial line");
    if (screen_rows() > 0)
        log_text("; screen of %u x %u characters\n", screen_columns(), screen_rows());
    else
        log_text("; no screen\n");
    if (!has_keyboard)
        log_line("console", "no keyboard controller: what is typed comes over the serial line");
}

void console_put(char c)
{
    serial_put(c);
    screen_put(c);
}

void console_draw_some(void)
{
    screen_draw_some();
    if (!screen_is_behind())
        cpu_drain_stores();
}

/* If drawing itself faults, the kernel's last words come here once more: they must get as far as
 * the serial line. */
static void draw_all(void)
{
    if (draws_all)
        return;
    draws_all = true;
    while (screen_is_behind())
        console_draw_some();
    draws_all = false;
}

void console_put_at_once(char c)
{
    console_put(c);
    if (c == '\n')
        draw_all();
}

bool console_is_behind(void)
{
    return screen_is_behind();
}

/* --- what is typed ---------------------------------------------------------------------------- */

void console_let_interrupt(void)
{
    serial_let_interrupt();
    keyboard_let_interrupt();
}

/* What does not fit is lost. */
static void give(int c)
{
    if (input.given - __atomic_load_n(&input.taken, __ATOMIC_ACQUIRE) >= INPUT_BYTES)
        return;
    input.bytes[input.given % INPUT_BYTES] = (unsigned char)c;
    __atomic_store_n(&input.given, input.given + 1, __ATOMIC_RELEASE);
}

void console_take_input(void)
{
    if (__atomic_exchange_n(&input.busy, true, __ATOMIC_ACQUIRE))
        return;
    int c;
    for (int i = 0; i < INPUT_AT_ONCE && (c = serial_get()) >= 0; i++)
        give(c);
    for (int i = 0; i < INPUT_AT_ONCE && (c = keyboard_get()) >= 0; i++)
        give(c);
    __atomic_store_n(&input.busy, false, __ATOMIC_RELEASE);
}

int console_get(void)
{
    if (input.taken == input.given)
        console_take_input();
    if (input.taken == __atomic_load_n(&input.given, __ATOMIC_ACQUIRE))
        return -1;
    unsigned char c = input.bytes[input.taken % INPUT_BYTES];
    __atomic_store_n(&input.taken, input.taken + 1, __ATOMIC_RELEASE);
    return c;
}

void console_drain(void)
{
    serial_drain();
    draw_all();
}
