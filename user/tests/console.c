/*
 * The console as a service. What it writes to here, and reads from, is no machine's console but
 * this program: the service does not see a difference.
 */
#include <vasco/console.h>

#include <stdio.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/process.h>
#include <vasco/program.h>

#include "console_kit.h"
#include "smp.h"
#include "test.h"
#include "worker.h"

#define CLIENT_RIGHTS (RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT)
#define SCREEN_BYTES 65536

/* --- the machine's console, as the service finds it ------------------------------------------- */

static struct {
    handle_t endpoint;
    char text[SCREEN_BYTES]; /* what was written */
    volatile size_t nbytes;
    const char *volatile typed; /* what is still to be read */
    struct worker worker;
} screen;

static uint64_t take(const struct message *message)
{
    size_t n = message->words[1];
    if (n > SCREEN_BYTES - screen.nbytes)
        return (uint64_t)STATUS_NO_MEMORY;
    memcpy(screen.text + screen.nbytes, &message->words[CONSOLE_WORDS], n);
    screen.nbytes += n;
    return n;
}

static void answer(struct message *message)
{
    bool writes = message->words[0] == CONSOLE_WRITE;
    message->nwords = CONSOLE_WORDS + 1;
    if (writes) {
        message->words[0] = take(message);
    } else if (*screen.typed == '\0') {
        message->words[0] = (uint64_t)STATUS_NO_DATA;
    } else {
        message->words[0] = 1;
        message->words[CONSOLE_WORDS] = (unsigned char)*screen.typed++;
    }
}

static uint64_t body_screen(struct worker *worker)
{
    static struct message message;
    (void)worker;
    int64_t status = endpoint_receive(screen.endpoint, &message);
    while (status == STATUS_OK) {
        answer(&message);
        status = endpoint_reply_receive(screen.endpoint, &message);
    }
    return 0;
}

/* Whether exactly this has been written since the last time that was asked. */
static bool shows(const char *text)
{
    size_t n = strlen(text);
    bool same = screen.nbytes == n && memcmp(screen.text, text, n) == 0;
    if (!same)
        test_note("shows: %.*s", (int)screen.nbytes, screen.text);
    screen.nbytes = 0;
    return same;
}

/* --- the service ------------------------------------------------------------------------------ */

static struct {
    handle_t process, endpoint;
} service;

static handle_t spawn(const char *const argv[], const struct program_cap *caps, size_t ncaps)
{
    struct program *program;
    handle_t process = 0;
    check_eq(program_open(argv[0], &program), STATUS_OK);
    check_eq(program_spawn(program, argv, caps, ncaps, &process), STATUS_OK);
    program_close(program);
    return process;
}

static bool service_start(void)
{
    screen.endpoint = endpoint_create("screen");
    screen.nbytes = 0;
    screen.typed = "";
    screen.worker = (struct worker){0};
    service.endpoint = endpoint_create("console");
    const struct program_cap caps[] = {
        {"console", screen.endpoint, CLIENT_RIGHTS},
        {"serve", service.endpoint, RIGHT_ENDPOINT_RECEIVE | RIGHT_INFO},
    };
    if (!worker_start(&screen.worker, 0, body_screen, PRIORITY_DEFAULT))
        return false;
    service.process = spawn((const char *[]){"console", NULL}, caps, 2);
    return check(service.process > 0);
}

static void service_end(void)
{
    check_eq(kit_process_info(service.process).reason, END_RUNNING);
    check_eq(object_destroy(service.process), STATUS_OK);
    check_eq(object_destroy(screen.endpoint), STATUS_OK);
    check_eq(worker_end(&screen.worker), 0);
    kit_drop_all(service.process, service.endpoint, screen.endpoint);
}

static handle_t client(uint64_t number, bool reads)
{
    return cap_derive(service.endpoint, CLIENT_RIGHTS, console_badge(number, reads));
}

/* --- clients' calls --------------------------------------------------------------------------- */

static int64_t say(handle_t client, const char *text)
{
    size_t n = strlen(text);
    struct message message = {.nwords = console_nwords(n), .words = {CONSOLE_WRITE, n}};
    memcpy(&message.words[CONSOLE_WORDS], text, n);
    check_eq(endpoint_call(client, &message), STATUS_OK);
    return (int64_t)message.words[0];
}

/* What it hears, or a status if that is an error. */
static int64_t hear(handle_t client, size_t room, char *text)
{
    struct message message = {.nwords = CONSOLE_WORDS, .words = {CONSOLE_READ, room}};
    check_eq(endpoint_call(client, &message), STATUS_OK);
    int64_t n = (int64_t)message.words[0];
    if (n > 0)
        memcpy(text, &message.words[CONSOLE_WORDS], (size_t)n);
    return n;
}

static bool hears(handle_t client, size_t room, const char *text)
{
    char heard[CONSOLE_BYTES_MAX];
    int64_t n = hear(client, room, heard);
    return check_eq(n, strlen(text)) && memcmp(heard, text, (size_t)n) == 0;
}

void test_console_shows_lines_of_clients_unbroken(void)
{
    static char longest[CONSOLE_LINE_BYTES + 1];
    require(service_start());
    handle_t a = client(1, false), b = client(2, true);
    check_eq(say(a, "hel"), 3);
    check_eq(say(b, "wor"), 3);
    check_eq(say(a, "lo\n1\n2"), 6);
    check(shows("hello\n1\n"));
    check_eq(say(b, "ld\n"), 3);
    check(shows("world\n"));
    check_eq(say(b, "\n"), 1);
    check_eq(say(a, "\n"), 1);
    check(shows("\n2\n"));
    memset(longest, 'x', CONSOLE_LINE_BYTES);
    check_eq(say(a, longest), CONSOLE_LINE_BYTES);
    check(shows(""));
    check_eq(say(a, "yz\n"), 3);
    check_eq(screen.nbytes, CONSOLE_LINE_BYTES + 4);
    check_eq(memcmp(screen.text, longest, CONSOLE_LINE_BYTES), 0);
    check_eq(memcmp(screen.text + CONSOLE_LINE_BYTES, "\nyz\n", 4), 0);
    kit_drop_all(a, b);
    service_end();
}

void test_console_gives_what_is_typed_line_by_line(void)
{
    require(service_start());
    handle_t a = client(1, true), b = client(2, false), c = client(3, true);
    char text[CONSOLE_BYTES_MAX];
    check_eq(hear(b, 10, text), STATUS_NO_RIGHT);
    check_eq(hear(a, 10, text), STATUS_NO_DATA);
    check_eq(say(a, "name? "), 6);
    screen.typed = "Adax\b";
    check_eq(hear(a, 100, text), STATUS_NO_DATA);
    check(shows("name? Adax\b \b"));
    check_eq(say(b, "in between\n"), 11);
    check(shows("\nin between\nAda"));
    screen.typed = "\x01\rnext\r";
    check(hears(a, 100, "Ada\n"));
    check(shows("\n"));
    check(hears(c, 3, "nex"));
    check(shows("next\n"));
    check(hears(a, 100, "t\n"));
    check_eq(hear(a, 100, text), STATUS_NO_DATA);
    kit_drop_all(a, b, c);
    service_end();
}

/* --- clients that are programs ---------------------------------------------------------------- */

#define PRINTERS 3
#define PRINTED_LINES 50

/* Byte by byte, with pauses: lines of several are mixed as much as can be. */
int console_printer_main(const char *mark)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    for (int i = 0; i < PRINTED_LINES; i++) {
        printf("line %d of %s", i, mark);
        sys_thread_yield();
        printf("\n");
    }
    return 0;
}

/* Asks for a line by stdio, and prints it. */
int console_reader_main(void)
{
    char line[CONSOLE_LINE_BYTES];
    printf("well? ");
    fflush(stdout);
    if (fgets(line, sizeof(line), stdin) == NULL)
        return 1;
    printf("heard %s", line);
    return 0;
}

/* The number of the printer whose next line this is, or -1. */
static int printer_of(const char *line, size_t n, const int nprinted[PRINTERS])
{
    for (int i = 0; i < PRINTERS; i++) {
        char expected[40];
        int length = snprintf(expected, sizeof(expected), "line %d of %d", nprinted[i], i);
        if (n == (size_t)length && memcmp(line, expected, n) == 0)
            return i;
    }
    return -1;
}

static void check_printed(void)
{
    int nprinted[PRINTERS] = {0};
    const char *line = screen.text, *end = screen.text + screen.nbytes;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        int printer = stop == NULL ? -1 : printer_of(line, (size_t)(stop - line), nprinted);
        require(printer >= 0);
        nprinted[printer]++;
        line = stop + 1;
    }
    for (int i = 0; i < PRINTERS; i++)
        check_eq(nprinted[i], PRINTED_LINES);
}

void test_console_is_what_programs_print_to(void)
{
    handle_t printers[PRINTERS];
    require(service_start());
    for (int i = 0; i < PRINTERS; i++) {
        const char mark[2] = {(char)('0' + i), 0};
        const struct program_cap caps[] = {
            {"console", client((uint64_t)i + 1, false), CLIENT_RIGHTS}};
        printers[i] = spawn((const char *[]){"tests", "prints", mark, NULL}, caps, 1);
        kit_drop(caps[0].handle);
    }
    for (int i = 0; i < PRINTERS; i++) {
        struct process_info info = {0};
        check_eq(process_wait(printers[i], &info), STATUS_OK);
        check(process_ended_well(&info));
        kit_drop(printers[i]);
    }
    check_printed();
    service_end();
}

static uint64_t body_type(struct worker *worker)
{
    (void)worker;
    sys_thread_sleep(50 * MILLISECOND);
    screen.typed = "something\r";
    return 0;
}

void test_console_is_what_programs_read_from(void)
{
    struct worker typist = {0};
    struct process_info info = {0};
    require(service_start() && worker_start(&typist, 1, body_type, PRIORITY_DEFAULT));
    const struct program_cap caps[] = {{"console", client(1, true), CLIENT_RIGHTS}};
    handle_t reader = spawn((const char *[]){"tests", "reads", NULL}, caps, 1);
    check_eq(process_wait(reader, &info), STATUS_OK);
    check(process_ended_well(&info));
    check_eq(worker_end(&typist), 0);
    check(shows("well? something\nheard something\n"));
    kit_drop_all(reader, caps[0].handle);
    service_end();
}

/* --- clients that do not behave --------------------------------------------------------------- */

static int64_t ask(handle_t client, uint32_t nwords, uint64_t request, uint64_t nbytes)
{
    struct message message = {.nwords = nwords, .words = {request, nbytes}};
    message_add_cap(&message, service.endpoint, RIGHT_INFO);
    check_eq(endpoint_call(client, &message), STATUS_OK);
    check_eq(message.ncaps, 0);
    return (int64_t)message.words[0];
}

void test_console_refuses_what_is_no_request(void)
{
    require(service_start());
    handle_t a = client(1, true);
    check_eq(say(a, "begun"), 5);
    check_eq(ask(service.endpoint, CONSOLE_WORDS, CONSOLE_WRITE, 0), STATUS_NO_RIGHT);
    uint64_t caps = kit_process_info(service.process).ncaps;
    for (uint32_t nwords = 0; nwords < CONSOLE_WORDS; nwords++)
        check_eq(ask(a, nwords, CONSOLE_WRITE, 0), STATUS_BAD_ARGUMENT);
    check_eq(ask(a, CONSOLE_WORDS, CONSOLE_WRITE, 1), STATUS_BAD_ARGUMENT);
    check_eq(ask(a, CONSOLE_WORDS + 1, CONSOLE_WRITE, 9), STATUS_BAD_ARGUMENT);
    check_eq(ask(a, MESSAGE_WORDS, CONSOLE_WRITE, CONSOLE_BYTES_MAX + 1), STATUS_BAD_ARGUMENT);
    check_eq(ask(a, MESSAGE_WORDS, CONSOLE_WRITE, ~0ull), STATUS_BAD_ARGUMENT);
    check_eq(ask(a, CONSOLE_WORDS, CONSOLE_READ, 0), STATUS_BAD_ARGUMENT);
    check_eq(ask(a, CONSOLE_WORDS, CONSOLE_READ + 1, 1), STATUS_BAD_ARGUMENT);
    check_eq(ask(a, CONSOLE_WORDS, ~0ull, 1), STATUS_BAD_ARGUMENT);
    check_eq(kit_process_info(service.process).ncaps, caps);
    check_eq(say(a, " and ended\n"), 11);
    check(shows("begun and ended\n"));
    kit_drop(a);
    service_end();
}

#define CLIENTS_MAX 64

/* The line of who has been away longest is shown as it is. */
void test_console_has_room_for_any_number_of_clients(void)
{
    require(service_start());
    handle_t first = client(1, false), last = client(CLIENTS_MAX + 1, false);
    check_eq(say(first, "first"), 5);
    for (uint64_t number = 2; number <= CLIENTS_MAX; number++) {
        handle_t other = client(number, false);
        check_eq(say(other, "o"), 1);
        kit_drop(other);
    }
    check(shows(""));
    check_eq(say(last, "last\n"), 5);
    check(shows("first\nlast\n"));
    check_eq(say(first, " again\n"), 7);
    check(shows("o\n again\n"));
    kit_drop_all(first, last);
    service_end();
}
