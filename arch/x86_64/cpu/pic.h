/*
 * floor 2: the two 8259 interrupt controllers of the PC, which the local APIC replaces.
 */
#ifndef VASCO_CPU_PIC_H
#define VASCO_CPU_PIC_H

/* Masks all their lines, and moves their vectors away from the exceptions: a spurious interrupt can
 * still come. */
void pic_disable(void);

#endif
