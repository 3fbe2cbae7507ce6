/*
 * Starting a program in a new process. Its first stack, as it finds it:
 *
 *     HOME_STACK_BASE                                              + HOME_STACK_BYTES
 *     | ... frames, downwards | struct startup | argv | envp | strings |
 *                             ^ RSP and RDI
 *
 * The environment is the caller's.
 */
#include <envlock.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/process.h>
#include <vasco/seg.h>
#include <vasco/startup.h>

#include "program.h"

#define BLOCK_BYTES_MAX (HOME_STACK_BYTES / 2)
#define BLOCK_ALIGN 64

/* --- the startup block ------------------------------------------------------------------------ */

struct shape {
    size_t argc;
    size_t envc;
    size_t nbytes; /* of the block */
};

/* How many strings there are; adds their bytes, and those of the pointers to them. */
static size_t count_strings(const char *const strings[], size_t *nbytes)
{
    size_t n = 0;
    for (; strings[n] != NULL; n++)
        *nbytes += strlen(strings[n]) + 1;
    *nbytes += (n + 1) * sizeof(uint64_t);
    return n;
}

static struct shape block_shape(const char *const argv[])
{
    struct shape shape = {.nbytes = sizeof(struct startup)};
    shape.argc = count_strings(argv, &shape.nbytes);
    shape.envc = count_strings((const char *const *)environ, &shape.nbytes);
    shape.nbytes = (shape.nbytes + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
    return shape;
}

/* Copies strings and enters where they will lie, `moved` bytes behind where they do. Returns the
 * place behind them. */
static char *copy_strings(uint64_t *pointers, char *place, const char *const strings[], size_t n,
                          uint64_t moved)
{
    for (size_t i = 0; i < n; i++) {
        pointers[i] = (uintptr_t)place + moved;
        place = stpcpy(place, strings[i]) + 1;
    }
    return place;
}

/* Fills in all but the capabilities. The block will end where the stack of the new home does. */
static void block_fill(struct startup *block, const struct shape *shape, const char *const argv[])
{
    uint64_t *pointers = (uint64_t *)(block + 1);
    uint64_t *envp = pointers + shape->argc + 1;
    char *strings = (char *)(envp + shape->envc + 1);
    uint64_t moved = HOME_STACK_BASE + HOME_STACK_BYTES - shape->nbytes - (uintptr_t)block;
    block->magic = STARTUP_MAGIC;
    block->argc = shape->argc;
    block->argv = (uintptr_t)pointers + moved;
    block->envp = (uintptr_t)envp + moved;
    block->archive_bytes = startup_archive_bytes();
    strings = copy_strings(pointers, strings, argv, shape->argc, moved);
    copy_strings(envp, strings, (const char *const *)environ, shape->envc, moved);
}

/* A block without capabilities, to be freed. Other threads leave the environment as it is
 * meanwhile. */
static int64_t block_new(const char *const argv[], struct startup **block_out, size_t *nbytes_out)
{
    int64_t status = STATUS_OK;
    if (argv[0] == NULL)
        return STATUS_BAD_ARGUMENT;
    __env_lock(_REENT);
    const struct shape shape = block_shape(argv);
    struct startup *block = shape.nbytes > BLOCK_BYTES_MAX ? NULL : calloc(1, shape.nbytes);
    if (block != NULL)
        block_fill(block, &shape, argv);
    else
        status = shape.nbytes > BLOCK_BYTES_MAX ? STATUS_TOO_LARGE : STATUS_NO_MEMORY;
    __env_unlock(_REENT);
    *block_out = block;
    *nbytes_out = shape.nbytes;
    return status;
}

/* Places a capability in the new process and writes its handle into the block. */
static int64_t block_place(struct startup *block, handle_t process, const struct program_cap *cap)
{
    struct startup_cap *slot = &block->caps[block->ncaps];
    if (block->ncaps == STARTUP_CAPS)
        return STATUS_TOO_LARGE;
    slot->handle = cap_place(process, cap->handle, cap->rights, 0);
    if (slot->handle < 0)
        return slot->handle;
    strncpy(slot->name, cap->name, NAME_BYTES);
    block->ncaps++;
    return STATUS_OK;
}

static bool is_named(const char *name, const struct program_cap caps[], size_t ncaps)
{
    for (size_t i = 0; i < ncaps; i++) {
        if (strncmp(name, caps[i].name, NAME_BYTES) == 0)
            return true;
    }
    return false;
}

/* What the caller chose; and of what every program gets, that of which the caller said nothing. */
static int64_t give_caps(const struct program *program, handle_t process, struct startup *block,
                         const struct program_cap caps[], size_t ncaps)
{
    int64_t status = STATUS_OK;
    for (size_t i = 0; i < ncaps && status == STATUS_OK; i++) {
        if (caps[i].handle != 0)
            status = block_place(block, process, &caps[i]);
    }
    for (size_t i = 0; i < program->ngiven && status == STATUS_OK; i++) {
        if (!is_named(program->given[i].name, caps, ncaps))
            status = block_place(block, process, &program->given[i]);
    }
    return status;
}

/* --- the process ------------------------------------------------------------------------------ */

/* Attaches a segment and drops our capability to it. */
static int64_t give_seg(handle_t process, handle_t seg, uint64_t access)
{
    int64_t status = seg_attach(process, seg, access);
    cap_delete(seg);
    return status;
}

static int64_t give_parts(const struct program *program, handle_t process, handle_t pool)
{
    for (const struct part *part = program->parts; part < program->parts + program->nparts;
         part++) {
        int64_t status;
        if (part->shared > 0) {
            status = seg_attach(process, part->shared, part->access);
        } else {
            status = part_make(part, pool);
            if (status >= 0)
                status = give_seg(process, status, part->access);
        }
        if (status < 0)
            return status;
    }
    return STATUS_OK;
}

static int64_t give_stack(handle_t process, handle_t pool, const struct startup *block,
                          size_t nbytes)
{
    handle_t stack = seg_create_in(pool, "stack", HOME_STACK_BASE, HOME_STACK_BYTES, 0);
    if (stack < 0)
        return stack;
    int64_t status = seg_write(stack, HOME_STACK_BYTES - nbytes, block, nbytes);
    if (status < 0) {
        cap_delete(stack);
        return status;
    }
    return give_seg(process, stack, ACCESS_READ | ACCESS_WRITE);
}

/* A process that is being put together. */
struct birth {
    const struct program *program;
    handle_t process;
    handle_t pool; /* or 0 */
    struct startup *block;
    size_t block_bytes;
};

/* Fills an empty process and starts its thread. */
static int64_t start(const struct birth *birth, const struct program_cap caps[], size_t ncaps)
{
    handle_t process = birth->process;
    uint64_t base = HOME_STACK_BASE + HOME_STACK_BYTES - birth->block_bytes;
    int64_t status = give_caps(birth->program, process, birth->block, caps, ncaps);
    if (status >= 0)
        status = give_parts(birth->program, process, birth->pool);
    if (status >= 0)
        status = give_stack(process, birth->pool, birth->block, birth->block_bytes);
    if (status >= 0)
        status = sys_thread_create(process, birth->program->entry, base, base, 0, PRIORITY_DEFAULT);
    if (status < 0)
        return status;
    return cap_delete(status);
}

int64_t program_spawn_in(handle_t pool, const struct program *program, const char *const argv[],
                         const struct program_cap caps[], size_t ncaps, handle_t *process_out)
{
    struct birth birth = {.program = program, .pool = pool};
    int64_t status = block_new(argv, &birth.block, &birth.block_bytes);
    if (status < 0)
        return status;
    birth.process = process_create_in(pool, argv[0]);
    status = birth.process;
    if (status >= 0) {
        status = start(&birth, caps, ncaps);
        if (status < 0)
            cap_delete(birth.process);
        else
            *process_out = birth.process;
    }
    free(birth.block);
    return status;
}

int64_t program_spawn(const struct program *program, const char *const argv[],
                      const struct program_cap caps[], size_t ncaps, handle_t *process_out)
{
    return program_spawn_in(0, program, argv, caps, ncaps, process_out);
}
