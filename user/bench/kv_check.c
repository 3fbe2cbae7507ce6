/*
 * Are the answers of the key-value store right? See kv.h. Of clients that set the same line at the
 * same time nobody knows who was last, so each version is held against what its reader knew:
 *
 *   1. It is what the line had before the round, or that of a set of this line in this round.
 *   2. It is not older than what the reader has seen: never what was there before the round once it
 *      has seen another, nor of any client an earlier version than it has seen.
 *   3. If it is of the reader itself, it is that of its last set before.
 *
 * After the round the store must have the last version of some client. So with one client
 * everything is known exactly.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "kv.h"

/* What is known in this round of a line: the newest version of each client; 0: none. Made by who
 * first needs it, since most processes of this program do not. */
static uint32_t (*newest)[KV_CLIENTS_MAX];

static const struct operation *plan_begin(uint64_t client)
{
    return hall()->plan[client];
}

static const struct operation *plan_end(uint64_t client)
{
    return hall()->plan[client] + KV_OPERATIONS;
}

static void forget(uint64_t client)
{
    if (newest == NULL)
        newest = calloc(KV_LINES_MAX, sizeof(newest[0]));
    must(newest == NULL ? STATUS_NO_MEMORY : STATUS_OK, "remember what is known");
    for (const struct operation *o = plan_begin(client); o < plan_end(client); o++)
        memset(newest[o->line], 0, sizeof(newest[0]));
}

static void know(const struct operation *set)
{
    newest[set->line][version_client(set->version)] = set->version;
}

static bool is_known(uint32_t line)
{
    uint32_t all = 0;
    for (int i = 0; i < KV_CLIENTS_MAX; i++)
        all |= newest[line][i];
    return all != 0;
}

/* The operation of this version. */
static const struct operation *operation_of(uint32_t version)
{
    return &hall()->plan[0][0] + version_client(version) * KV_OPERATIONS +
           version % (1u << VERSION_CLIENT_SHIFT);
}

/* Is there such a set of this line, in this round? */
static bool is_planned(uint32_t line, uint32_t version)
{
    if (version_round(version) != hall()->round ||
        version % (1u << VERSION_CLIENT_SHIFT) >= KV_OPERATIONS)
        return false;
    const struct operation *set = operation_of(version);
    return set->version == version && set->line == line;
}

/* Can it be what this get was answered? */
static bool get_is_right(const struct operation *get, uint64_t reader)
{
    const struct line *line = &hall()->lines[get->line];
    const uint32_t version = (uint32_t)(get->answer >> 32);
    if (get->answer != line_value(line, version))
        return false;
    if (version == line->version)
        return !is_known(get->line);
    if (!is_planned(get->line, version))
        return false;
    uint32_t *known = &newest[get->line][version_client(version)];
    if (version_client(version) == reader ? version != *known : version < *known)
        return false;
    *known = version;
    return true;
}

static uint64_t check_client(uint64_t client)
{
    uint64_t nwrong = 0;
    forget(client);
    for (const struct operation *o = plan_begin(client); o < plan_end(client); o++) {
        if (o->version == 0) {
            nwrong += !get_is_right(o, client);
        } else {
            know(o);
            nwrong += o->answer != STATUS_OK;
        }
    }
    return nwrong;
}

/* Whoever has set the line, one of their last sets must have been the last. */
static uint64_t settle(struct kv *kv, const struct operation *set)
{
    struct line *line = &hall()->lines[set->line];
    if (version_round(line->version) == hall()->round)
        return 0;
    const uint64_t value = line_get(kv, line);
    line->version = (uint32_t)(value >> 32);
    return value != line_value(line, line->version) ||
           line->version != newest[set->line][version_client(line->version)];
}

uint64_t check_round(struct kv *kv, uint64_t nclients)
{
    uint64_t nwrong = 0;
    for (uint64_t client = 0; client < nclients; client++)
        nwrong += check_client(client);
    for (uint64_t client = 0; client < nclients; client++)
        forget(client);
    for (uint64_t client = 0; client < nclients; client++) {
        for (const struct operation *o = plan_begin(client); o < plan_end(client); o++) {
            if (o->version != 0)
                know(o);
        }
    }
    for (uint64_t client = 0; client < nclients; client++) {
        for (const struct operation *o = plan_begin(client); o < plan_end(client); o++) {
            if (o->version != 0)
                nwrong += settle(kv, o);
        }
    }
    return nwrong;
}

uint64_t check_store(struct kv *kv)
{
    uint64_t nwrong = kv_count(kv) != (int64_t)hall()->nlines;
    for (size_t i = 0; i < hall()->nlines; i++) {
        const struct line *line = &hall()->lines[i];
        nwrong += line_get(kv, line) != line_value(line, line->version);
    }
    return nwrong;
}
