/* Reading ELF executables: see elf.h. */
#include "base/elf.h"

#include "base/string.h"

static bool inside(uint64_t offset, uint64_t nbytes, uint64_t size)
{
    return offset <= size && nbytes <= size - offset;
}

static bool header_is_right(const struct elf_header *h)
{
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    return memcmp(h->magic, magic, sizeof(magic)) == 0 && h->class == ELF_CLASS_64 &&
           h->data == ELF_DATA_LITTLE && h->type == ELF_TYPE_EXECUTABLE &&
           h->machine == ELF_MACHINE_X86_64 && h->program_bytes == sizeof(struct elf_program);
}

static bool entry_is_right(uint64_t entry)
{
    return entry >= HOME_FIRST_SEG && entry < HOME_END;
}

static bool load_is_right(const struct elf *elf, const struct elf_program *p)
{
    return p->file_bytes <= p->memory_bytes && inside(p->offset, p->file_bytes, elf->nbytes) &&
           p->vaddr >= HOME_FIRST_SEG && inside(p->vaddr, p->memory_bytes, HOME_END);
}

struct elf_program elf_program(const struct elf *elf, uint32_t index)
{
    struct elf_program p;
    memcpy(&p, elf->bytes + elf->programs + index * sizeof(p), sizeof(p));
    return p;
}

status_t elf_open(const void *bytes, uint64_t nbytes, struct elf *out)
{
    struct elf_header header;
    if (nbytes < sizeof(header))
        return STATUS_BAD_ARGUMENT;
    memcpy(&header, bytes, sizeof(header));
    if (!header_is_right(&header) || !entry_is_right(header.entry) ||
        !inside(header.program_offset, (uint64_t)header.nprograms * sizeof(struct elf_program),
                nbytes))
        return STATUS_BAD_ARGUMENT;
    struct elf elf = {bytes, nbytes, header.entry, header.program_offset, header.nprograms};
    for (uint32_t i = 0; i < elf.nprograms; i++) {
        struct elf_program p = elf_program(&elf, i);
        if (p.type == ELF_LOAD && !load_is_right(&elf, &p))
            return STATUS_BAD_ARGUMENT;
    }
    *out = elf;
    return STATUS_OK;
}
