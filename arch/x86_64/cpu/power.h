/*
 * floor 2: the registers that switch a machine off and reset it. Boot tells where they are.
 */
#ifndef VASCO_CPU_POWER_H
#define VASCO_CPU_POWER_H

#include "base/types.h"

struct power_ways {
    bool has_off;           /* the following six are known */
    uint16_t control[2];    /* ports PM1a_CNT and PM1b_CNT; 0: there is none */
    uint16_t sleep_type[2]; /* SLP_TYP for S5, for each */
    uint16_t smi_command;   /* port to ask the firmware for ACPI mode; 0: it is on already */
    uint8_t acpi_enable;
    bool has_reset; /* and the following two */
    uint16_t reset_port;
    uint8_t reset_value;
};

void power_set_ways(const struct power_ways *ways);

#endif
