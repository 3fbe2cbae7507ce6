#include <arch/ipi.h>
void ipi_send(cpu_id_t cpu, uint8_t vector)
{
    (void)cpu;
    (void)vector;
}
void ipi_send_nmi(cpu_id_t cpu)
{
    (void)cpu;
}
