/* Preparing programs of the archive: their parts, checked and, where never written, filled. */
#include "program.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vasco/archive.h>
#include <vasco/cap.h>
#include <vasco/home.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/startup.h>

static bool header_is_good(const Elf64_Ehdr *header, size_t nbytes)
{
    return nbytes >= sizeof(*header) && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_type == ET_EXEC &&
           header->e_machine == EM_X86_64 && header->e_phentsize == sizeof(Elf64_Phdr) &&
           header->e_phoff % _Alignof(Elf64_Phdr) == 0 && header->e_phoff <= nbytes &&
           header->e_phnum <= (nbytes - header->e_phoff) / sizeof(Elf64_Phdr);
}

static bool part_is_good(const Elf64_Phdr *p, size_t nbytes)
{
    const Elf64_Word both = PF_W | PF_X;
    return p->p_offset <= nbytes && p->p_filesz <= nbytes - p->p_offset &&
           p->p_filesz <= p->p_memsz && p->p_memsz > 0 && p->p_memsz <= PART_BYTES_MAX &&
           p->p_vaddr % HOME_GRANULE == 0 && p->p_vaddr >= HOME_FIRST_SEG &&
           p->p_vaddr < HOME_HEAP_BASE && (p->p_flags & both) != both;
}

static uint64_t access_of(Elf64_Word flags)
{
    return ACCESS_READ | (flags & PF_W ? ACCESS_WRITE : 0) | (flags & PF_X ? ACCESS_EXECUTE : 0);
}

handle_t part_make(const struct part *part, handle_t pool)
{
    handle_t seg = seg_create_in(pool, part->name, part->base, part->nbytes, 0);
    if (seg < 0 || part->nfilled == 0)
        return seg;
    int64_t status = seg_write(seg, 0, part->bytes, part->nfilled);
    if (status >= 0)
        return seg;
    cap_delete(seg);
    return status;
}

/* Adds a part; one that is never written gets its segment now. */
static int64_t add_part(struct program *program, const char *file, const Elf64_Phdr *p)
{
    struct part *part = &program->parts[program->nparts];
    *part = (struct part){
        .name = p->p_flags & PF_W   ? "data"
                : p->p_flags & PF_X ? "text"
                                    : "constants",
        .base = p->p_vaddr,
        .nbytes = p->p_memsz,
        .bytes = file + p->p_offset,
        .nfilled = p->p_filesz,
        .access = access_of(p->p_flags),
    };
    if ((part->access & ACCESS_WRITE) == 0) {
        part->shared = part_make(part, 0);
        if (part->shared < 0)
            return part->shared;
    }
    program->nparts++;
    return STATUS_OK;
}

static int64_t add_parts(struct program *program, const struct archive_file *file)
{
    const char *bytes = file->data;
    const Elf64_Ehdr *header = file->data;
    if (!header_is_good(header, file->nbytes))
        return STATUS_BAD_ARGUMENT;
    const Elf64_Phdr *p = (const Elf64_Phdr *)(bytes + header->e_phoff);
    for (const Elf64_Phdr *end = p + header->e_phnum; p < end; p++) {
        if (p->p_type != PT_LOAD || p->p_memsz == 0)
            continue;
        if (program->nparts == PARTS_MAX || !part_is_good(p, file->nbytes))
            return STATUS_BAD_ARGUMENT;
        int64_t status = add_part(program, bytes, p);
        if (status < 0)
            return status;
    }
    program->entry = header->e_entry;
    return STATUS_OK;
}

/* What every program gets, if we have it: the console, the archive to read, and the registry, which
 * takes it for who we are. */
static void add_given(struct program *program)
{
    static const struct program_cap wanted[GIVEN_MAX] = {
        {"input", 0, RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT},
        {"console", 0, RIGHT_CONSOLE_READ | RIGHT_CONSOLE_WRITE | RIGHT_INFO | RIGHT_GRANT},
        {"archive", 0, RIGHT_SEG_READ | RIGHT_INFO | RIGHT_GRANT},
        {"registry", 0, RIGHT_ENDPOINT_CALL | RIGHT_INFO | RIGHT_GRANT},
    };
    for (size_t i = 0; i < GIVEN_MAX; i++) {
        struct cap_info info;
        handle_t cap = startup_cap(wanted[i].name);
        if (cap < 0 || cap_info(cap, &info) < 0)
            continue;
        program->given[program->ngiven++] =
            (struct program_cap){wanted[i].name, cap, wanted[i].rights & info.rights};
    }
}

int64_t program_open(const char *name, struct program **out)
{
    char path[64];
    struct archive_file file;
    snprintf(path, sizeof(path), "bin/%s", name);
    int64_t status = archive_find(path, &file);
    if (status < 0)
        return status;
    struct program *program = calloc(1, sizeof(*program));
    if (program == NULL)
        return STATUS_NO_MEMORY;
    status = add_parts(program, &file);
    if (status < 0) {
        program_close(program);
        return status;
    }
    add_given(program);
    *out = program;
    return STATUS_OK;
}

void program_close(struct program *program)
{
    for (size_t i = 0; i < program->nparts; i++) {
        if (program->parts[i].shared > 0)
            cap_delete(program->parts[i].shared);
    }
    free(program);
}
