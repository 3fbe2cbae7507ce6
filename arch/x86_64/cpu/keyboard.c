/* The keyboard controller: see keyboard.h. Little is written to it, so that what a firmware lets
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
#define COMMAND_READ_MODE 0x20
#define COMMAND_WRITE_MODE 0x60
#define MODE_INTERRUPT 0x01
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

static bool wait_for(uint8_t bit, bool set)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (((cpu_in8(STATUS) & bit) != 0) == set)
            return true;
    }
    return false;
}

static bool command(uint8_t code)
{
    if (!wait_for(STATUS_INPUT, false))
        return false;
    cpu_out8(COMMAND, code);
    return true;
}

/* UEFI firmware may have turned it off. */
void keyboard_let_interrupt(void)
{
    if (!is_there || !command(COMMAND_READ_MODE) || !wait_for(STATUS_OUTPUT, true))
        return;
    uint8_t mode = cpu_in8(DATA);
    if (!command(COMMAND_WRITE_MODE) || !wait_for(STATUS_INPUT, false))
        return;
    cpu_out8(DATA, mode | MODE_INTERRUPT);
    (void)wait_for(STATUS_INPUT, false);
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
    (void)command(COMMAND_PULSE_RESET);
}
