/* This program in another process, for benchmarks that need one. */
#ifndef BENCH_PARTNER_H
#define BENCH_PARTNER_H

/*
 * The argument that makes the program one. Alone: it yields until the process is destroyed, the
 * other side of a process switch. With a job and a CPU behind it (crew.h): it does that job there.
 * With PARTNER_KV, a way and a number: it is a client of the key-value store (kv.h). With
 * PARTNER_PIPELINE, a way and a number: it is a stage of the pipeline (pipeline.h). With
 * PARTNER_GUPS: it owns a window of the table of random updates (gups.h).
 */
#define PARTNER "partner"

_Noreturn void partner_main(char **arguments);

#endif
