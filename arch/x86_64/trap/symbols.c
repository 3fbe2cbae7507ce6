/* Looking up the names of functions: see symbols.h. */
#include "trap/symbols.h"

#include "boot/image.h"

const char *symbol_find(uint64_t address, uint64_t *offset)
{
    if (address < (uint64_t)__text_start || address >= (uint64_t)__text_end)
        return NULL;
    uint64_t low = 0; /* all symbols before it are at or below the address */
    uint64_t high = kernel_symbols_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (kernel_symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    *offset = address - kernel_symbols[low - 1].address;
    return kernel_symbol_names + kernel_symbols[low - 1].name;
}
