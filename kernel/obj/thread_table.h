/*
 * floor 6: the threads that have not ended, by their ids. A word in user memory can name its owner
 * so, without a capability: all that is learned of the thread is that it has not ended.
 */
#ifndef VASCO_OBJ_THREAD_TABLE_H
#define VASCO_OBJ_THREAD_TABLE_H

#include "base/types.h"

struct thread;

/* Boot. */
void thread_table_init(void);

void thread_table_add(struct thread *thread);
void thread_table_remove(struct thread *thread);

/* Null: it has ended, or there never was one. */
struct thread *thread_table_find(uint64_t id);

/* Checks that each is where it is looked for. Returns how many there are. For tests. */
uint32_t thread_table_check(void);

#endif
