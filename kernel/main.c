/*
 * floor 8: from the boot loader's hand-over to the first program. Each step may use what the steps
 * before it prepared.
 */
#include <arch/clock.h>
#include <arch/console.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/kernel_lock.h>
#include <arch/mmu.h>
#include <arch/power.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/option.h"
#include "base/string.h"
#include "boot/acpi_madt.h"
#include "boot/boot.h"
#include "boot/screen.h"
#include "cpu/console.h"
#include "cpu/cpu.h"
#include "cpu/descriptors.h"
#include "cpu/features.h"
#include "crash.h"
#include "mem/frame.h"
#include "obj/sched.h"
#include "obj/trace.h"
#include "obj/types.h"
#include "sys/first.h"

_Noreturn void kernel_main(uint32_t magic, uint64_t info);

static struct boot_info boot;
static struct cpu_list found;

static void choose_exit(void)
{
    char how[8];
    if (!boot_option(&boot, "exit", how, sizeof(how)))
        return;
    if (strcmp(how, "qemu") == 0)
        power_set_exit(POWER_EXIT_QEMU);
    else if (strcmp(how, "bochs") == 0)
        power_set_exit(POWER_EXIT_BOCHS);
}

static void trace_if_asked(void)
{
    char value[8];
    uint64_t nevents = TRACE_EVENTS_DEFAULT;
    if (!boot_option(&boot, "trace", value, sizeof(value)))
        return;
    if (value[0] != '\0' && (option_number(value, &nevents) != STATUS_OK || nevents == 0 ||
                             nevents > TRACE_EVENTS_MAX)) {
        log_line("boot", "trace=%s: that is no number of events", value);
        return;
    }
    status_t status = trace_start(nevents);
    log_line("boot", "the last %lu events of each CPU are kept: %s", nevents, status_text(status));
}

/* `screen=none`: the console is the serial line alone. */
static void choose_screen(void)
{
    char how[8];
    if (boot_option(&boot, "screen", how, sizeof(how)) && strcmp(how, "none") == 0)
        boot.screen.kind = SCREEN_NONE;
}

static void crash_if_asked(void)
{
    char how[8];
    if (boot_option(&boot, "crash", how, sizeof(how)))
        crash_on_purpose(how);
}

/* On the CPU's own, guarded stack. */
static void kernel_start(void)
{
    kernel_lock();
    types_init();
    mmu_view_leave();
    sched_init_cpu();
    clock_init();
    boot_start_cpus(&boot, &found);
    trace_if_asked();
    crash_if_asked();
    status_t status =
        first_program((struct first_spec){boot.archive, boot.archive_bytes, boot.cmdline});
    if (status != STATUS_OK)
        panic("init cannot be started: %s", status_text(status));
    log_line("boot", "%lu of %lu MiB free; starting init", frame_count_free() * PAGE_SIZE / MIB,
             frame_count_total() * PAGE_SIZE / MIB);
    log_set_sink(console_put); /* what draws it from now on is work beside the threads */
    sched_run();
}

/* Another CPU, on its own, guarded stack: it idles until the first one gives the lock back, and
 * until somebody has work for it. */
void cpu_started(void)
{
    sched_init_cpu();
    cpu_join();
    kernel_lock();
    sched_run();
}

void kernel_main(uint32_t magic, uint64_t info)
{
    descriptors_init_early();
    console_init();
    log_set_sink(console_put_at_once);
    status_t status = boot_parse(magic, PADDR(info), &boot);
    if (status == STATUS_OK)
        choose_screen();
    boot_start_screen(&boot.screen);
    log_line("boot", "Vasco: address spaces as objects");
    if (status != STATUS_OK)
        panic("the boot loader's information is not usable: %s", status_text(status));
    choose_exit();
    log_line("boot", "command line: %s", boot.cmdline);
    console_say();
    features_init(boot.cmdline);
    boot_find_clock(&boot);
    boot_find_input(&boot);
    boot_find_power(&boot);
    boot_find_cpus(&boot, &found);
    boot_memory(&boot, found.n);
    cpu_init(boot_cpu_machine((cpu_id_t){0}), (cpu_id_t){0});
    cpu_join();
    boot_on_stack(cpu_this()->stack_top, kernel_start);
}
