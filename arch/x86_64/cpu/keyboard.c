/* The keyboard controller: see keyboard.h. Nothing is written to it, so that what a firmware lets
 * look like one goes on as it is. */
#include "cpu/keyboard.h"

#include "cpu/instr.h"
#include "cpu/keys.h"

#define DATA 0x60
#define STATUS 0x64
#define COMMAND 0x64
#define STATUS_NONE 0xff /* what is read where nothing is */
#define STATUS_OUTPUT 0x01
#define STATUS_INPUT 0x02
#define STATUS_MOUSE 0x20
#define COMMAND_PULSE_RESET 0xfe
#define PATIENCE 100000 /* reads of a port, of about a microsecond each */
#define STALE_MAX 32

static bool is_there;
static struct keys keys;
static char given[KEYS_BYTES_MAX];
static uint32_t ngiven, next;

bool keyboard_init(void)
{
    is_there = cpu_in8(STATUS) != STATUS_NONE;
    for (int i = 0; is_there && i < STALE_MAX && (cpu_in8(STATUS) & STATUS_OUTPUT) != 0; i++)
        (void)cpu_in8(DATA);
    return is_there;
}

/* At most some bytes at once: a broken controller may always have one. */
int keyboard_get(void)
{
    for (int i = 0; is_there && next == ngiven && i < STALE_MAX; i++) {
        uint8_t status = cpu_in8(STATUS);
        if ((status & STATUS_OUTPUT) == 0)
            return -1;
        uint8_t code = cpu_in8(DATA);
        next = 0;
        ngiven = (status & STATUS_MOUSE) != 0 ? 0 : keys_take(&keys, code, given);
    }
    return next < ngiven ? (unsigned char)given[next++] : -1;
}

void keyboard_reset_cpu(void)
{
    for (int i = 0; i < PATIENCE && (cpu_in8(STATUS) & STATUS_INPUT) != 0; i++)
        ;
    cpu_out8(COMMAND, COMMAND_PULSE_RESET);
}
