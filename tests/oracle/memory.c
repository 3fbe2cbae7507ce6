/*
 * What has been freed: each frame has a serial number, which grows when it is freed, so that what
 * remembers one is known to be of another life; and the kernel's own accesses to freed frames and
 * objects are found out as the address sanitizer would.
 */
#include "oracle.h"

#include <string.h>
#include <sys/mman.h>

#include <arch/page.h>
#include <arch/phys.h>

#include "base/assert.h"
#include "mem/frame.h"
#include "mem/slab.h"

#define GRAIN 16      /* objects are aligned to it */
#define GARBAGE 0xa5  /* as an entry of a table: present, and the user's */
#define LARGE 0x10000 /* what nobody reads needs no zeroes */

char *machine_ram;
uint32_t memory_serial[RAM_BYTES / PAGE_SIZE];
static uint8_t *is_freed; /* by grain */

void __real_frame_free(paddr_t pa);
void __wrap_frame_free(paddr_t pa);
status_t __real_slab_alloc(struct pool *pool, enum slab_kind kind, void **out);
status_t __wrap_slab_alloc(struct pool *pool, enum slab_kind kind, void **out);
void __real_slab_free(void *object);
void __wrap_slab_free(void *object);

/* Memory that is zero, and again each time it is given back. */
static void *map(uint64_t nbytes)
{
    void *memory = mmap(NULL, nbytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT(memory != MAP_FAILED);
    return memory;
}

void memory_start(void)
{
    if (machine_ram == NULL) {
        machine_ram = map(RAM_BYTES);
        is_freed = map(RAM_BYTES / GRAIN);
    }
    madvise(machine_ram, RAM_BYTES, MADV_DONTNEED);
    madvise(is_freed, RAM_BYTES / GRAIN, MADV_DONTNEED);
    memset(memory_serial, 0, sizeof(memory_serial));
}

void memory_touched(const void *p)
{
    uint64_t at = (uint64_t)((const char *)p - machine_ram);
    if (at >= RAM_BYTES)
        return;
    if (frame_records[at >> PAGE_SHIFT].kind == FRAME_FREE)
        oracle_fails("the kernel touches a frame that is free, 0x%lx", at);
    if (is_freed[at / GRAIN])
        oracle_fails("the kernel touches an object after freeing it, 0x%lx", at);
}

void __wrap_frame_free(paddr_t pa)
{
    bool small = frame_of(pa)->order == FRAME_4K;
    truth_free(pa);
    memory_serial[pa.v >> PAGE_SHIFT]++;
    if (small) {
        memset(&is_freed[pa.v / GRAIN], 0, PAGE_SIZE / GRAIN);
        memset(paddr_to_ptr(pa), GARBAGE, PAGE_SIZE);
    }
    __real_frame_free(pa);
}

static void mark(void *object, uint8_t freed)
{
    uint64_t at = (uint64_t)((char *)object - machine_ram);
    memset(&is_freed[at / GRAIN], freed, slab_object_bytes(object) / GRAIN);
}

/* The contents of a new object are unknown. */
status_t __wrap_slab_alloc(struct pool *pool, enum slab_kind kind, void **out)
{
    status_t status = __real_slab_alloc(pool, kind, out);
    if (status != STATUS_OK)
        return status;
    mark(*out, 0);
    memset(*out, GARBAGE, slab_object_bytes(*out));
    return STATUS_OK;
}

void __wrap_slab_free(void *object)
{
    memset(object, GARBAGE, slab_object_bytes(object));
    mark(object, 1);
    __real_slab_free(object);
}

void page_zero(void *page, uint64_t nbytes)
{
    stores_drain();
    if (nbytes < LARGE)
        memset(page, 0, nbytes);
}

void page_copy(void *to, const void *from, uint64_t nbytes)
{
    stores_drain();
    memmove(to, from, nbytes);
}
