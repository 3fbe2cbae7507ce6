/* The clients of the key-value store, each a process: see kv.h. */
#include <stdlib.h>
#include <string.h>
#include <vasco/endpoint.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/system.h>
#include <vasco/thread.h>

#include "bench.h"
#include "kv.h"
#include "trace.h"

void kv_open_by(struct kv *kv, const char *way, handle_t service)
{
    int64_t (*open)(struct kv *, handle_t) = strcmp(way, "switch") == 0 ? kv_open_switch
                                             : strcmp(way, "gate") == 0 ? kv_open_gate
                                                                        : kv_open_endpoint;
    must(open(kv, service), "open the store");
}

uint64_t line_get(struct kv *kv, const struct line *line)
{
    uint64_t value;
    int64_t nbytes = kv_get(kv, line_text(line), line->nbytes, &value, sizeof(value));
    return nbytes == sizeof(value) ? value : 0;
}

static uint64_t line_set(struct kv *kv, const struct line *line, uint32_t version)
{
    const uint64_t value = line_value(line, version);
    return (uint64_t)kv_set(kv, line_text(line), line->nbytes, &value, sizeof(value));
}

static void do_operations(struct kv *kv, struct operation *operations)
{
    for (struct operation *o = operations; o < operations + KV_OPERATIONS; o++) {
        const struct line *line = &hall()->lines[o->line];
        o->answer = o->version == 0 ? line_get(kv, line) : line_set(kv, line, o->version);
    }
}

static void do_round(struct kv *kv, uint64_t self)
{
    bench_trace_mark = 1;
    hall()->starts[self] = clock_tsc();
    do_operations(kv, hall()->plan[self]);
    hall()->ends[self] = clock_tsc();
    bench_trace_mark = 0;
    __atomic_add_fetch(&hall()->ndone, 1, __ATOMIC_RELEASE);
}

static void go_to_cpu(uint64_t self)
{
    struct system_info info;
    must(system_info(&info), "ask about the machine");
    must(thread_set_cpu(0, self % info.ncpus), "go to another CPU");
}

/* Between rounds it waits for an answer. */
void kv_client_main(char **arguments)
{
    struct kv kv;
    struct message message = {0};
    const uint64_t self = strtoul(arguments[1], NULL, 10);
    go_to_cpu(self);
    must(seg_attach(HANDLE_SELF, startup_cap(HALL_CAP), ACCESS_READ | ACCESS_WRITE),
         "enter the hall");
    lines_open();
    kv_open_by(&kv, arguments[0], startup_cap("kv"));
    for (;;) {
        must(endpoint_call(startup_cap("rounds"), &message), "wait for a round");
        if (hall()->is_over)
            break;
        do_round(&kv, self);
    }
    kv_close(&kv);
}
