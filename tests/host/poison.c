/* Poisoning what the allocators have taken back: see poison.h. */
#include "poison.h"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <arch/phys.h>

#include "base/assert.h"
#include "machine.h"
#include "mem/frame.h"
#include "mem/slab.h"

#define LARGE_BYTES (64 * KIB)     /* from here on the host's kernel zeroes faster */
#define GARBAGE 0xa5a5a5a5a5a5a5a5 /* in a table: present, and the user's */

status_t __real_frame_alloc(enum frame_order order, enum frame_kind kind, void *owner,
                            paddr_t *out);
status_t __wrap_frame_alloc(enum frame_order order, enum frame_kind kind, void *owner,
                            paddr_t *out);
void __real_frame_free(paddr_t pa);
void __wrap_frame_free(paddr_t pa);
status_t __real_slab_alloc(struct pool *pool, enum slab_kind kind, void **out);
status_t __wrap_slab_alloc(struct pool *pool, enum slab_kind kind, void **out);
void __real_slab_free(void *object);
void __wrap_slab_free(void *object);

void memory_poison(void *memory, uint64_t nbytes)
{
    __asan_poison_memory_region(memory, nbytes);
}

void memory_unpoison(void *memory, uint64_t nbytes)
{
    __asan_unpoison_memory_region(memory, nbytes);
}

static void fill(uint64_t *words, uint64_t nbytes, uint64_t value)
{
    for (uint64_t i = 0; i < nbytes / sizeof(*words); i++)
        words[i] = value;
}

/* Of a block only the record of the first frame speaks. */
static bool is_in_use(paddr_t pa)
{
    static const uint8_t orders[] = {FRAME_4K, FRAME_2M, FRAME_1G};
    for (size_t i = 0; i < array_count(orders); i++) {
        const struct frame *f = frame_of(PADDR(align_down(pa.v, PAGE_SIZE << orders[i])));
        if (f->kind != FRAME_NONE && f->kind != FRAME_FREE && f->order >= orders[i])
            return true;
    }
    return false;
}

void memory_renew(void *memory, uint64_t nbytes)
{
    ASSERT(is_aligned(nbytes, 8));
    ASSERT(memory == machine_ram || is_in_use(ptr_to_paddr(memory)));
    memory_unpoison(memory, nbytes);
    if (nbytes >= LARGE_BYTES)
        madvise(memory, align_up(nbytes, PAGE_SIZE), MADV_DONTNEED);
    else
        fill(memory, nbytes, 0);
}

/* The contents of a new frame are unknown. */
status_t __wrap_frame_alloc(enum frame_order order, enum frame_kind kind, void *owner, paddr_t *out)
{
    status_t status = __real_frame_alloc(order, kind, owner, out);
    if (status == STATUS_OK) {
        memory_unpoison(paddr_to_ptr(*out), PAGE_SIZE << order);
        fill(paddr_to_ptr(*out), PAGE_SIZE, GARBAGE);
    }
    return status;
}

void __wrap_frame_free(paddr_t pa)
{
    const struct frame *f = frame_of(pa);
    uint64_t nbytes = f == NULL ? 0 : PAGE_SIZE << f->order;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    machine.stack_least = machine.stack_least == 0 ? here : min_u64(machine.stack_least, here);
    __real_frame_free(pa);
    memory_poison(paddr_to_ptr(pa), nbytes);
}

/* The contents of a new object are unknown too. */
status_t __wrap_slab_alloc(struct pool *pool, enum slab_kind kind, void **out)
{
    status_t status = __real_slab_alloc(pool, kind, out);
    if (status == STATUS_OK) {
        uint64_t nbytes = slab_object_bytes(*out);
        memory_unpoison(*out, nbytes);
        fill(*out, nbytes, GARBAGE);
    }
    return status;
}

/* The first word of a free object is the slab's, for its list. */
void __wrap_slab_free(void *object)
{
    uint64_t nbytes = slab_object_bytes(object);
    __real_slab_free(object);
    memory_poison((char *)object + sizeof(void *), nbytes - sizeof(void *));
}
