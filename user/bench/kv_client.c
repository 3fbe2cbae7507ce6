/* The clients of the key-value store, each a process: see kv.h. */
#include <stdlib.h>
#include <string.h>
#include <vasco/endpoint.h>
#include <vasco/seg.h>
#include <vasco/startup.h>

#include "bench.h"
#include "kv.h"

void kv_open_by(struct kv *kv, const char *way, handle_t service)
{
    int64_t (*open)(struct kv *, handle_t) = strcmp(way, "switch") == 0 ? kv_open_switch
                                             : strcmp(way, "gate") == 0 ? kv_open_gate
                                                                        : kv_open_endpoint;
    must(open(kv, service), "open the store");
}

/* Both return how many answers were wrong. */
static uint64_t get_lines(struct kv *kv, struct choice choice)
{
    uint64_t nwrong = 0;
    for (int i = 0; i < KV_OPERATIONS; i++) {
        uint64_t value;
        const struct line *line = choice_next(&choice);
        int64_t nbytes = kv_get(kv, line_text(line), line->nbytes, &value, sizeof(value));
        nwrong += nbytes != sizeof(value) || value != line_value(line);
    }
    return nwrong;
}

static uint64_t set_lines(struct kv *kv, struct choice choice, uint32_t version)
{
    uint64_t nwrong = 0;
    for (int i = 0; i < KV_OPERATIONS; i++) {
        struct line line = *choice_next(&choice);
        line.version = version;
        uint64_t value = line_value(&line);
        nwrong += kv_set(kv, line_text(&line), line.nbytes, &value, sizeof(value)) != STATUS_OK;
    }
    return nwrong;
}

static void do_round(struct kv *kv, uint64_t self)
{
    const struct choice choice = choice_begin(self, hall()->round);
    uint64_t start = clock_tsc();
    uint64_t nwrong = hall()->deed == DEED_GET ? get_lines(kv, choice)
                                               : set_lines(kv, choice, (uint32_t)hall()->round);
    hall()->ends[self] = clock_tsc();
    hall()->starts[self] = start;
    __atomic_add_fetch(&hall()->nwrong, nwrong, __ATOMIC_RELAXED);
    __atomic_add_fetch(&hall()->ndone, 1, __ATOMIC_RELEASE);
}

/* Between rounds it waits for an answer. */
void kv_client_main(char **arguments)
{
    struct kv kv;
    struct message message = {0};
    must(seg_attach(HANDLE_SELF, startup_cap(HALL_CAP), ACCESS_READ | ACCESS_WRITE),
         "enter the hall");
    lines_open();
    kv_open_by(&kv, arguments[0], startup_cap("kv"));
    for (;;) {
        must(endpoint_call(startup_cap("rounds"), &message), "wait for a round");
        if (hall()->deed == DEED_GO)
            break;
        do_round(&kv, strtoul(arguments[1], NULL, 10));
    }
    kv_close(&kv);
}
