/*
 * A 16550 at the first serial port (PC16550D data sheet, section 8).
 *
 * A port that is missing is found by its scratch register. One that stops to take characters is
 * waited for once, for about a second; from then on characters are dropped until it is ready again.
 */
#include "cpu/serial.h"

#include "cpu/instr.h"

#define DATA (SERIAL_PORT + 0)
#define INTERRUPTS (SERIAL_PORT + 1)
#define FIFO (SERIAL_PORT + 2)
#define LINE (SERIAL_PORT + 3)
#define MODEM (SERIAL_PORT + 4)
#define STATE (SERIAL_PORT + 5)
#define SCRATCH (SERIAL_PORT + 7)

#define LINE_8N1 0x03
#define LINE_DIVISOR 0x80
#define FIFO_ON_AND_EMPTY 0x07
#define MODEM_READY 0x03 /* DTR, RTS */
#define MODEM_OUT2 0x08  /* on a PC: lets the interrupt out */
#define INTERRUPT_RECEIVED 0x01
#define STATE_RECEIVED 0x01
#define STATE_TAKES 0x20
#define STATE_EMPTY 0x40
#define DIVISOR_115200 1

#define PATIENCE 1000000 /* reads of a port: about a microsecond each on real machines */

static bool present;
static bool stuck;

static bool port_answers(void)
{
    cpu_out8(SCRATCH, 0x5a);
    if (cpu_in8(SCRATCH) != 0x5a)
        return false;
    cpu_out8(SCRATCH, 0xa5);
    return cpu_in8(SCRATCH) == 0xa5;
}

bool serial_init(void)
{
    present = port_answers();
    if (!present)
        return false;
    cpu_out8(INTERRUPTS, 0);
    cpu_out8(LINE, LINE_DIVISOR);
    cpu_out8(DATA, DIVISOR_115200);
    cpu_out8(INTERRUPTS, 0); /* high byte of the divisor */
    cpu_out8(LINE, LINE_8N1);
    cpu_out8(FIFO, FIFO_ON_AND_EMPTY);
    cpu_out8(MODEM, MODEM_READY);
    return true;
}

void serial_let_interrupt(void)
{
    if (!present)
        return;
    cpu_out8(MODEM, MODEM_READY | MODEM_OUT2);
    cpu_out8(INTERRUPTS, INTERRUPT_RECEIVED);
}

static bool wait_for(uint8_t state)
{
    for (uint32_t tries = stuck ? 1 : PATIENCE; tries > 0; tries--) {
        if ((cpu_in8(STATE) & state) == state) {
            stuck = false;
            return true;
        }
        cpu_pause();
    }
    stuck = true;
    return false;
}

static void send(char c)
{
    if (wait_for(STATE_TAKES))
        cpu_out8(DATA, (uint8_t)c);
}

void serial_put(char c)
{
    if (!present)
        return;
    if (c == '\n')
        send('\r');
    send(c);
}

int serial_get(void)
{
    if (!present || !(cpu_in8(STATE) & STATE_RECEIVED))
        return -1;
    return cpu_in8(DATA);
}

void serial_drain(void)
{
    if (present)
        wait_for(STATE_EMPTY);
}
