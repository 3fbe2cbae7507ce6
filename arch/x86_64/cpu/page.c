/* Whole pages by the string instructions, which CPUs run at the width of their caches. */
#include <arch/page.h>

#include "cpu/instr.h"

void page_zero(void *page, uint64_t nbytes)
{
    cpu_store_words(page, 0, nbytes / 8);
}

void page_copy(void *to, const void *from, uint64_t nbytes)
{
    uint64_t whole = align_down(nbytes, 8);
    cpu_copy_words(to, from, whole / 8);
    for (uint64_t i = whole; i < nbytes; i++)
        ((char *)to)[i] = ((const char *)from)[i];
}
