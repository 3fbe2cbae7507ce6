/* Ways to break the kernel: each must end in a panic, never in silence. */
#include "crash.h"

#include <arch/phys.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/string.h"
#include "boot/screen.h"

static void break_an_invariant(void)
{
    ASSERT(array_count("crash") == 0);
}

/* Calls itself until it meets the guard page below the stack. */
static uint64_t fill_the_stack(volatile uint64_t depth)
{
    uint64_t (*volatile deeper)(volatile uint64_t) = fill_the_stack;
    return deeper(depth + 1) + depth;
}

static void overflow_the_stack(void)
{
    log_line("crash", "%lu calls came back", fill_the_stack(0));
}

static void write_to(uintptr_t address)
{
    volatile uint8_t *byte = (volatile uint8_t *)address;
    *byte = 0xcc;
}

static void write_to_text(void)
{
    write_to((uintptr_t)crash_on_purpose);
}

/* The same byte through the window onto physical memory. */
static void write_to_text_in_window(void)
{
    write_to((uintptr_t)paddr_to_ptr(PADDR((uintptr_t)crash_on_purpose - IMAGE_WINDOW)));
}

static void execute_data(void)
{
    static uint8_t code[] = {0xc3}; /* RET */
    void (*run)(void) = (void (*)(void))(uintptr_t)code;
    run();
}

static void touch_page_0(void)
{
    volatile uintptr_t member = 8; /* of what a null pointer points to */
    write_to(member);
}

/* What is said from here on cannot be drawn. */
static void lose_the_screen(void)
{
    boot_break_screen();
    log_line("crash", "the screen's memory is gone");
}

static const struct {
    const char *how;
    void (*crash)(void);
} ways[] = {
    {"assert", break_an_invariant},      {"stack", overflow_the_stack}, {"text", write_to_text},
    {"window", write_to_text_in_window}, {"data", execute_data},        {"null", touch_page_0},
    {"screen", lose_the_screen},
};

void crash_on_purpose(const char *how)
{
    for (size_t i = 0; i < array_count(ways); i++) {
        if (strcmp(ways[i].how, how) == 0) {
            ways[i].crash();
            log_line("crash", "the defence against '%s' failed", how);
        }
    }
}
