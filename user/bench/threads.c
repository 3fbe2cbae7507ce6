/* POSIX threads: what it costs to lock, to wake, to hand over, and to come and go. */
#include <pthread.h>
#include <vasco/futex.h>
#include <vasco/thread.h>

#include "bench.h"

void bench_mutex_lock_unlock(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        samples_add(clock_tsc() - start, 1);
    }
    report("mutex_lock_unlock", "{}", "");
}

static void begin(pthread_t *thread, void *(*routine)(void *))
{
    must(-pthread_create(thread, NULL, routine, NULL), "create a thread");
}

static void end(pthread_t thread)
{
    must(-pthread_join(thread, NULL), "join a thread");
}

/* --- a ball between two threads --------------------------------------------------------------- */

static uint64_t has_ball[2]; /* 2: the game is over */

/* Gives the other one the ball, or something else, and waits until it is back. */
static uint64_t play(int self, uint64_t what)
{
    __atomic_store_n(&has_ball[self], 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&has_ball[!self], what, __ATOMIC_SEQ_CST);
    futex_wake(&has_ball[!self], 1);
    while (what != 2 && __atomic_load_n(&has_ball[self], __ATOMIC_SEQ_CST) == 0)
        futex_wait(&has_ball[self], 0, FUTEX_FOREVER);
    return has_ball[self];
}

static void *play_along(void *unused)
{
    (void)unused;
    while (play(1, 1) != 2)
        ;
    return NULL;
}

/* There and back: two wakes, two waits, two switches. */
void bench_futex_wake(void)
{
    pthread_t partner;
    begin(&partner, play_along);
    while (__atomic_load_n(&has_ball[0], __ATOMIC_SEQ_CST) == 0)
        futex_wait(&has_ball[0], 0, FUTEX_FOREVER);
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        play(0, 1);
        samples_add(clock_tsc() - start, 2);
    }
    play(0, 2);
    end(partner);
    report("futex_wake", "{}", "");
}

/* --- the same with a condition ---------------------------------------------------------------- */

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[2] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static int turn;

static void take_turn(int self)
{
    pthread_mutex_lock(&table);
    while (turn == !self)
        pthread_cond_wait(&changed[self], &table);
    if (turn == self)
        turn = !self;
    pthread_cond_signal(&changed[!self]);
    pthread_mutex_unlock(&table);
}

static void *take_turns(void *unused)
{
    (void)unused;
    while (turn != -1)
        take_turn(1);
    return NULL;
}

void bench_cond_handoff(void)
{
    pthread_t partner;
    turn = 0;
    begin(&partner, take_turns);
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        take_turn(0);
        samples_add(clock_tsc() - start, 2);
    }
    pthread_mutex_lock(&table);
    turn = -1;
    pthread_cond_broadcast(&changed[1]);
    pthread_mutex_unlock(&table);
    end(partner);
    report("cond_handoff", "{}", "");
}

/* --- coming and going ------------------------------------------------------------------------- */

static void do_nothing_at_all(void *unused)
{
    (void)unused;
}

void bench_thread_create_join(void)
{
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        handle_t thread = thread_start(do_nothing_at_all, NULL, PRIORITY_DEFAULT);
        int64_t joined = thread_join(thread);
        samples_add(clock_tsc() - start, 1);
        must(thread, "start a thread");
        must(joined, "join a thread");
    }
    report("thread_create_join", "{}", "");
}

static void *do_nothing(void *unused)
{
    return unused;
}

void bench_pthread_create_join(void)
{
    pthread_t thread;
    samples_begin();
    while (samples_wanted(BENCH_SAMPLES)) {
        uint64_t start = clock_tsc();
        begin(&thread, do_nothing);
        end(thread);
        samples_add(clock_tsc() - start, 1);
    }
    report("pthread_create_join", "{}", "");
}
