/* Channel 2 of the 8254 in mode 0 (8254 data sheet); its gate and output are bits of port 0x61. */
#include "cpu/pit.h"

#include "cpu/instr.h"

#define CHANNEL_2 0x42
#define COMMAND 0x43
#define CONTROL 0x61

#define COMMAND_CHANNEL_2_MODE_0 0xb0 /* low byte, then high byte; binary */
#define CONTROL_GATE 0x01
#define CONTROL_SPEAKER 0x02
#define CONTROL_OUTPUT 0x20

void pit_start(uint16_t ticks)
{
    uint8_t control = cpu_in8(CONTROL) & (uint8_t)~CONTROL_SPEAKER;
    cpu_out8(CONTROL, control | CONTROL_GATE);
    cpu_out8(COMMAND, COMMAND_CHANNEL_2_MODE_0);
    cpu_out8(CHANNEL_2, (uint8_t)ticks);
    cpu_out8(CHANNEL_2, (uint8_t)(ticks >> 8)); /* it counts from here on */
}

bool pit_is_done(void)
{
    return (cpu_in8(CONTROL) & CONTROL_OUTPUT) != 0;
}
