/*
 * Parsing the Multiboot2 information: a header of 8 bytes, then tags on multiples of 8, each with
 * its type and size, the last one of type 0.
 *
 * The firmware's memory map of a UEFI machine serves only where the loader gives no plain one.
 */
#include "boot/multiboot.h"

#include "base/string.h"

enum tag_type {
    TAG_END = 0,
    TAG_CMDLINE = 1,
    TAG_MODULE = 3,
    TAG_MEMORY = 6,
    TAG_SCREEN = 8,
    TAG_ACPI_OLD = 14,
    TAG_ACPI_NEW = 15,
    TAG_EFI_MEMORY = 17,
    TAG_TYPES,
};

struct info_header {
    uint32_t nbytes;
    uint32_t reserved;
};

struct tag_header {
    uint32_t type;
    uint32_t nbytes; /* this header included */
};

/* The contents of a tag, behind its header. */
struct tag {
    const char *bytes;
    size_t nbytes;
};

struct module {
    uint32_t start, end;
};

struct map_header {
    uint32_t entry_bytes;
    uint32_t version;
};

struct map_entry {
    uint64_t base, nbytes;
    uint32_t type, reserved;
};

struct efi_entry {
    uint32_t type, padding;
    uint64_t base, virtual, npages, attributes;
};

/* Finds the first tag of each type; on success all tags lie inside the information. */
static status_t find_tags(const char *info, size_t nbytes, struct tag tags[TAG_TYPES])
{
    struct info_header header;
    if (nbytes < sizeof(header))
        return STATUS_BAD_ARGUMENT;
    memcpy(&header, info, sizeof(header));
    size_t end = min_u64(nbytes, header.nbytes);
    for (size_t at = sizeof(header); at < end && end - at >= sizeof(struct tag_header);) {
        struct tag_header tag;
        memcpy(&tag, info + at, sizeof(tag));
        if (tag.nbytes < sizeof(tag) || tag.nbytes > end - at)
            return STATUS_BAD_ARGUMENT;
        if (tag.type == TAG_END)
            return STATUS_OK;
        if (tag.type < TAG_TYPES && tags[tag.type].bytes == NULL)
            tags[tag.type] = (struct tag){info + at + sizeof(tag), tag.nbytes - sizeof(tag)};
        at += align_up(tag.nbytes, 8);
    }
    return STATUS_BAD_ARGUMENT;
}

static void parse_cmdline(struct tag tag, struct boot_info *out)
{
    size_t n = 0;
    for (; n < tag.nbytes && n + 1 < sizeof(out->cmdline) && tag.bytes[n] != '\0'; n++) {
        char c = tag.bytes[n];
        out->cmdline[n] = c >= ' ' && c <= '~' ? c : '?';
    }
    out->cmdline[n] = '\0';
}

static status_t parse_module(struct tag tag, struct boot_info *out)
{
    struct module module;
    if (tag.nbytes < sizeof(module))
        return STATUS_BAD_ARGUMENT;
    memcpy(&module, tag.bytes, sizeof(module));
    if (module.end < module.start)
        return STATUS_BAD_ARGUMENT;
    if (!is_aligned(module.start, PAGE_SIZE))
        return STATUS_UNALIGNED;
    out->archive = PADDR(module.start);
    out->archive_bytes = module.end - module.start;
    return STATUS_OK;
}

static void parse_rsdp(struct tag tag, struct boot_info *out)
{
    out->rsdp_bytes = (uint32_t)min_u64(tag.nbytes, sizeof(out->rsdp));
    memcpy(out->rsdp, tag.bytes, out->rsdp_bytes);
}

/* A screen does not lie in memory. */
static bool screen_is_apart(const struct boot_info *boot)
{
    uint64_t base = boot->screen.base.v;
    uint64_t end = base + screen_mode_bytes(&boot->screen);
    for (uint32_t i = 0; i < boot->nranges; i++) {
        const struct memory_range *r = &boot->ranges[i];
        bool is_memory = r->kind == MEMORY_AVAILABLE || r->kind == MEMORY_ACPI;
        if (is_memory && r->base.v < end && base < r->base.v + r->nbytes)
            return false;
    }
    return true;
}

/* Adds a range, joining it to the one before if it carries on from there. */
static status_t add_range(struct boot_info *out, struct memory_range range)
{
    range.nbytes = min_u64(range.nbytes, UINT64_MAX - range.base.v);
    if (range.nbytes == 0)
        return STATUS_OK;
    if (out->nranges > 0) {
        struct memory_range *last = &out->ranges[out->nranges - 1];
        if (last->kind == range.kind && last->base.v + last->nbytes == range.base.v) {
            last->nbytes += range.nbytes;
            return STATUS_OK;
        }
    }
    if (out->nranges == BOOT_RANGES)
        return STATUS_TOO_LARGE;
    out->ranges[out->nranges++] = range;
    return STATUS_OK;
}

static status_t map_entry_add(const char *bytes, struct boot_info *out)
{
    static const enum memory_kind kinds[] = {
        [1] = MEMORY_AVAILABLE, [2] = MEMORY_RESERVED, [3] = MEMORY_ACPI,
        [4] = MEMORY_ACPI,      [5] = MEMORY_BAD,
    };
    struct map_entry e;
    memcpy(&e, bytes, sizeof(e));
    bool known = e.type > 0 && e.type < array_count(kinds);
    return add_range(out, (struct memory_range){PADDR(e.base), e.nbytes,
                                                known ? kinds[e.type] : MEMORY_RESERVED});
}

/* UEFI specification 2.10, section 7.2.3: after the loader has left the firmware, its boot
 * services' memory is free. */
static enum memory_kind efi_kind(uint32_t type)
{
    switch (type) {
    case 1: /* loader code */
    case 2: /* loader data */
    case 3: /* boot services code */
    case 4: /* boot services data */
    case 7: /* conventional */
        return MEMORY_AVAILABLE;
    case 8: /* unusable */
        return MEMORY_BAD;
    case 9:  /* ACPI tables */
    case 10: /* ACPI NVS */
        return MEMORY_ACPI;
    default:
        return MEMORY_RESERVED;
    }
}

static status_t efi_entry_add(const char *bytes, struct boot_info *out)
{
    struct efi_entry e;
    memcpy(&e, bytes, sizeof(e));
    uint64_t npages = min_u64(e.npages, UINT64_MAX / PAGE_SIZE);
    return add_range(out,
                     (struct memory_range){PADDR(e.base), npages * PAGE_SIZE, efi_kind(e.type)});
}

/* Both maps: the size of an entry, a version, entries. */
static status_t parse_map(struct tag tag, size_t entry_bytes_least,
                          status_t (*add)(const char *bytes, struct boot_info *out),
                          struct boot_info *out)
{
    struct map_header header;
    if (tag.nbytes < sizeof(header))
        return STATUS_BAD_ARGUMENT;
    memcpy(&header, tag.bytes, sizeof(header));
    if (header.entry_bytes < entry_bytes_least)
        return STATUS_BAD_ARGUMENT;
    size_t at = sizeof(header);
    for (; tag.nbytes - at >= header.entry_bytes; at += header.entry_bytes)
        TRY(add(tag.bytes + at, out));
    return at == tag.nbytes ? STATUS_OK : STATUS_BAD_ARGUMENT;
}

status_t multiboot_parse(const void *info, size_t nbytes, struct boot_info *out)
{
    struct tag tags[TAG_TYPES] = {{0}};
    out->screen = (struct screen_mode){.kind = SCREEN_NONE};
    TRY(find_tags(info, nbytes, tags));
    out->screen = screen_mode_parse(tags[TAG_SCREEN].bytes, tags[TAG_SCREEN].nbytes);
    out->cmdline[0] = '\0';
    out->archive = PADDR(0);
    out->archive_bytes = 0;
    out->rsdp_bytes = 0;
    out->nranges = 0;
    if (tags[TAG_CMDLINE].bytes != NULL)
        parse_cmdline(tags[TAG_CMDLINE], out);
    if (tags[TAG_MODULE].bytes != NULL)
        TRY(parse_module(tags[TAG_MODULE], out));
    if (tags[TAG_ACPI_NEW].bytes != NULL)
        parse_rsdp(tags[TAG_ACPI_NEW], out);
    else if (tags[TAG_ACPI_OLD].bytes != NULL)
        parse_rsdp(tags[TAG_ACPI_OLD], out);
    if (tags[TAG_MEMORY].bytes != NULL)
        TRY(parse_map(tags[TAG_MEMORY], sizeof(struct map_entry), map_entry_add, out));
    else if (tags[TAG_EFI_MEMORY].bytes != NULL)
        TRY(parse_map(tags[TAG_EFI_MEMORY], sizeof(struct efi_entry), efi_entry_add, out));
    if (out->screen.kind != SCREEN_NONE && !screen_is_apart(out))
        out->screen.kind = SCREEN_NONE;
    return out->nranges > 0 ? STATUS_OK : STATUS_NO_DATA;
}
