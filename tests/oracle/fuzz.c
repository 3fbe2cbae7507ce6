/*
 * The oracle by libFuzzer: its bytes say who goes on, who stands still and what user code does.
 * When they are used up, a sequence goes on that begins with what they were.
 */
#include "oracle.h"

#define OPERATIONS 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nbytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nbytes)
{
    oracle_aborts = true;
    choose_from_bytes(bytes, nbytes);
    world_run(OPERATIONS + nbytes / 8);
    return 0;
}
