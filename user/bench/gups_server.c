/* Processes that own a window each, and update it for others by endpoint and by gate. */
#include <stdlib.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/gate.h>
#include <vasco/pool.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/startup.h>
#include <vasco/vas.h>

#include "bench.h"
#include "gups.h"
#include "partner.h"

/* --- the server ------------------------------------------------------------------------------- */

/* Its window. */
static uint64_t *words, mask;

static _Noreturn void update_behind_gate(uint64_t badge, uint64_t count)
{
    (void)badge;
    gups_batch(count, words, mask);
    gate_return(count, 0, 0, 0);
}

/* Finds its window where it is attached; returns the view. */
static handle_t enter_window(void)
{
    struct link_info link;
    handle_t vas = startup_cap("window");
    must(vas_link_info(vas, 0, &link), "find the window");
    words = (uint64_t *)link.base;
    mask = link.nbytes / sizeof(uint64_t) - 1;
    must(seg_attach(HANDLE_SELF, startup_cap("buffer"), ACCESS_READ), "attach the buffer");
    handle_t view = must(vas_attach(HANDLE_SELF, vas, ACCESS_READ | ACCESS_WRITE), "attach a VAS");
    must(vas_switch(view), "switch into the window");
    return view;
}

static void send_gate(handle_t endpoint, handle_t view)
{
    static _Alignas(16) char stack[4096];
    struct message message = {0};
    handle_t gate =
        must(gate_create("gups", view, (void (*)(void))update_behind_gate), "make a gate");
    must(gate_add_stack(gate, stack + sizeof(stack), 0), "give it a stack");
    message_add_cap(&message, gate, RIGHT_GATE_CALL);
    must(endpoint_call(endpoint, &message), "send the gate");
}

_Noreturn void gups_serve(void)
{
    handle_t endpoint = startup_cap("serve");
    uint64_t message[MESSAGE_SHORT_WORDS] = {0}, badge;
    send_gate(endpoint, enter_window());
    int64_t status = endpoint_receive_short(endpoint, message, &badge);
    while (status == STATUS_OK) {
        gups_batch(message[0], words, mask);
        status = endpoint_reply_receive_short(endpoint, message, &badge);
    }
    exit(EXIT_FAILURE);
}

/* --- whoever starts them ---------------------------------------------------------------------- */

static uint64_t frames_used(void)
{
    struct pool_info info;
    must(pool_info(0, &info), "ask about memory");
    return info.used_frames;
}

uint64_t gups_server_frames(void)
{
    struct program *program;
    handle_t process;
    must(program_open("bench", &program), "load the program again");
    uint64_t before = frames_used();
    must(program_spawn(program, (const char *[]){"bench", PARTNER, NULL}, NULL, 0, &process),
         "start a process");
    uint64_t nframes = frames_used() - before;
    must(object_destroy(process), "end a process");
    cap_delete(process);
    program_close(program);
    return nframes;
}

static void start_server(const struct gups *g, struct gups_window *window,
                         const struct program *program)
{
    struct message message;
    const struct message answer = {0};
    window->endpoint = must(endpoint_create("gups"), "create an endpoint");
    const struct program_cap caps[] = {
        {"serve", window->endpoint, RIGHT_ENDPOINT_RECEIVE | RIGHT_ENDPOINT_CALL | RIGHT_GRANT},
        {"window", window->vas, RIGHT_VAS_VIEW | RIGHT_VAS_READ | RIGHT_VAS_WRITE | RIGHT_INFO},
        {"buffer", g->buffer, RIGHT_SEG_READ},
    };
    must(program_spawn_in(g->pool, program, (const char *[]){"bench", PARTNER, PARTNER_GUPS, NULL},
                          caps, sizeof(caps) / sizeof(caps[0]), &window->server),
         "start a server");
    must(endpoint_receive(window->endpoint, &message), "receive a gate");
    window->gate = message_cap(&message);
    must(endpoint_reply(&answer), "answer");
}

void gups_start_servers(struct gups *g)
{
    struct program *program;
    must(program_open("bench", &program), "load the program again");
    for (uint64_t i = 0; i < g->nwindows; i++)
        start_server(g, &g->windows[i], program);
    program_close(program);
}

void gups_end_servers(struct gups *g)
{
    for (uint64_t i = 0; i < g->nwindows; i++) {
        struct gups_window *window = &g->windows[i];
        must(object_destroy(window->server), "end a server");
        cap_delete(window->server);
        cap_delete(window->endpoint);
        cap_delete(window->gate);
    }
}
