/*
 * Whoever works beside the first thread, each on a CPU of its own: threads of this process, and
 * processes of their own (this program again, as a partner). All see one stage, on which rounds are
 * called, and say there how far they are.
 *
 *     crew_open();
 *     crew_add_thread(1, stand, &view);
 *     crew_add_process(2, PARTNER_BUSY);
 *     crew_gather();                       all are where they should be
 *     crew_call_round();                   crew_next_round() is true for each, once
 *     crew_await_round();                  all have come back from it
 *     crew_dismiss();                      false, and they are gone
 *
 * Who waits does so in user code, with PAUSE: an emulator that runs its CPUs in turn goes on to the
 * next one there.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"

#define CREW_MAX 7

/* What a partner process does on its CPU. */
#define PARTNER_BUSY "busy"
#define PARTNER_SWITCH "switch"

/* How many CPUs the machine has; CREW_MAX + 1 at most. */
uint64_t crew_cpus(void);

/* --- the first thread ------------------------------------------------------------------------- */

/* From now on it stays on CPU 0. */
void crew_open(void);
void crew_add_thread(uint64_t cpu, void (*run)(void *), void *argument);
void crew_add_process(uint64_t cpu, const char *job);
void crew_gather(void);
void crew_call_round(void);
void crew_await_round(void);
void crew_dismiss(void);

/* --- the crew --------------------------------------------------------------------------------- */

/* A process of the crew begins: goes to its CPU and to the stage. */
void crew_join(uint64_t cpu);

/* Whoever is of the crew is ready, or has done a round: waits for the next one. *round begins with
 * 0. False when it is to go. */
bool crew_next_round(uint32_t *round);

/* Whoever is of the crew is ready, and busy with nothing until it is to go. */
void crew_be_busy(void);

/* What PARTNER_SWITCH does (cpus.c): in each round many switches between two views, those at
 * `views` or, if that is null, two of its own. */
void switch_in_rounds(void *views);

#endif
