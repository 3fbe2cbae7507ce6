/* The boot loader's hand-over: see boot.h. */
#include "boot/boot.h"

#include <arch/phys.h>

#include "base/option.h"
#include "base/string.h"
#include "cpu/percpu.h"

/* More than any loader writes; a larger size is nonsense. */
#define INFO_BYTES_MAX MIB

status_t boot_parse(uint32_t magic, paddr_t info, struct boot_info *out)
{
    if (magic != MULTIBOOT_MAGIC)
        return STATUS_UNSUPPORTED;
    uint32_t nbytes;
    memcpy(&nbytes, paddr_to_ptr(info), sizeof(nbytes));
    if (nbytes > INFO_BYTES_MAX)
        return STATUS_TOO_LARGE;
    return multiboot_parse(paddr_to_ptr(info), nbytes, out);
}

bool boot_option(const struct boot_info *boot, const char *name, char *value, size_t nbytes)
{
    return option_find(boot->cmdline, name, value, nbytes);
}

struct cpu_machine *boot_cpu_machine(void)
{
    return cpu_machine_of((cpu_id_t){0});
}
