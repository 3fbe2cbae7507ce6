/* Switching off the 8259s (8259A data sheet, "Programming the 8259A"). */
#include "cpu/pic.h"

#include "cpu/instr.h"

#define FIRST_COMMAND 0x20
#define FIRST_DATA 0x21
#define SECOND_COMMAND 0xa0
#define SECOND_DATA 0xa1

#define INIT_WITH_MODE 0x11
#define MODE_8086 0x01
#define FIRST_VECTOR 0x30
#define SECOND_VECTOR 0x38
#define SECOND_LINE 2
#define MASK_ALL 0xff

void pic_disable(void)
{
    cpu_out8(FIRST_COMMAND, INIT_WITH_MODE);
    cpu_out8(SECOND_COMMAND, INIT_WITH_MODE);
    cpu_out8(FIRST_DATA, FIRST_VECTOR);
    cpu_out8(SECOND_DATA, SECOND_VECTOR);
    cpu_out8(FIRST_DATA, 1 << SECOND_LINE);
    cpu_out8(SECOND_DATA, SECOND_LINE);
    cpu_out8(FIRST_DATA, MODE_8086);
    cpu_out8(SECOND_DATA, MODE_8086);
    cpu_out8(FIRST_DATA, MASK_ALL);
    cpu_out8(SECOND_DATA, MASK_ALL);
}
