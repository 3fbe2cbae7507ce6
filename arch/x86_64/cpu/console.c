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

int console_get(void)
{
    int c = serial_get();
    return c >= 0 ? c : keyboard_get();
}

void console_drain(void)
{
    serial_drain();
    draw_all();
}
