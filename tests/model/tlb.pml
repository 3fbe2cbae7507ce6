/*
 * The TLB protocol between CPUs, for spin. docs/tlb.md says what it is and what is shown here.
 *
 * One process with three views; view 1 is destroyed once, and made again on another VAS in the same
 * memory. Every CPU may do everything at any moment: switch, remove, destroy, create, idle.
 *
 *   view      0             1                        2
 *   spaces    home          home and VAS A           home and VAS B
 *   tag       0             1                        1
 *
 *   entries   H0            a page of the home
 *             A0            a page of VAS A, in the table TA
 *             TA            that table, as the paging-structure caches keep it
 *
 * What hardware may do, at its worst:
 *
 *   TLB       is as full as it can be at each moment: what can be cached from the loaded root is
 *             (fill), and stays until it is dropped. Nothing in the protocol asks what is cached,
 *             so a TLB that holds less only allows less.
 *   stores    wait in a store buffer and become visible in order, at any later moment (proctype
 *             store_buffers), but before a locked instruction, a fence or an instruction that
 *             serialises is done. Loads do not wait for them. x86 allows no other order (SDM 3A
 *             8.2.2). An answer's store needs no buffer: only the asker looks, and it waits.
 *   accesses  of user code may happen at any moment while `uses` is set: in user code, and until
 *             the first store or locked instruction of the kernel is visible behind it, since the
 *             last stores of user code may wait in the buffer too.
 *   walks     of the loaded root happen at any moment, in the kernel too.
 *
 * MUT_name breaks the protocol at one place; tests/model/run demands that spin then finds a
 * violation. LIVE is for the check that nobody waits for ever.
 */
#ifndef CPUS
#define CPUS 3
#endif
#ifndef REMOVABLE
#define REMOVABLE (H0 | A0 | TA)
#endif
#ifdef MUT_ID_REUSED
#define NEXT_ID 2
#else
#define NEXT_ID 4
#endif

#define KERNEL 3 /* the kernel's root, tag 0 of the machine: no user entries */
#define NONE 4

#define H0 1
#define A0 2
#define TA 4
#define ALL 7

#define FLUSH 1
#define LEAVE 2

/* What a CPU does. */
#define SWITCHES 1
#define REMOVES 2
#define ENDS 4 /* destroys the view, and creates it again */
#define IDLES 8
#ifndef MAY_0
#define MAY_0 15
#endif
#ifndef MAY_1
#define MAY_1 15
#endif
#ifndef MAY_2
#define MAY_2 15
#endif

/* What a CPU is in the kernel for. */
#define SWITCH 0
#define REMOVE 1
#define DESTROY 2
#define CREATE 3
#define IDLE 4

/* --- memory --------------------------------------------------------------------------------- */

byte gen_home, gen_a;      /* how often a translation was taken from the space */
byte present = REMOVABLE;  /* entries in the tables */
byte freed;                /* what A0, H0 and TA were in has been given back */

/* View 1. */
byte life;                 /* 0 on VAS A, 1 freed, 2 new memory, 3 made again, on VAS B */
bool slot = 1;             /* its capability: handle, type and rights */
bool slot_object = 1;      /* its capability: the pointer to the view */

/* Per CPU. */
byte view[CPUS];           /* published: what other CPUs read */
byte root[CPUS];           /* what CR3 holds */
byte uses[CPUS] = NONE;    /* user accesses may happen, through this view */
bool runs[CPUS] = 1;       /* a thread of the process; changes under the lock only */
byte asked[CPUS];          /* the mailbox */
byte tlb[6];               /* by CPU and tag */
byte rec_id[6];            /* the tags' records */
byte rec_gen[6];

/* The lock: who has it, and behind him who waits, in the order of coming. */
chan lock = [CPUS] of { byte };
byte which;                /* of the request: what to drop */

/* --- store buffers -------------------------------------------------------------------------- */

byte sb_view[CPUS] = NONE; /* cpu->view of this CPU */
/* Of the CPU that has the lock: entries cleared, then a generation raised; and, in the call that
 * creates or destroys, the slot. */
byte sb_clear;
byte sb_raise;             /* an entry of the space */
byte sb_slot = NONE;

inline drain_view(c) {
    if
    :: sb_view[c] != NONE -> view[c] = sb_view[c]; sb_view[c] = NONE; uses[c] = NONE
    :: else
    fi
}

inline drain_clear() {
    present = present & ~(sb_clear & TA -> TA | A0 : sb_clear);
    sb_clear = 0
}

inline drain_raise() {
    if
    :: sb_raise == H0 -> gen_home++
    :: sb_raise == A0 || sb_raise == TA -> gen_a++
    :: else
    fi;
    sb_raise = 0
}

inline drain_slot() {
    if
    :: sb_slot != NONE -> slot = sb_slot; sb_slot = NONE
    :: else
    fi
}

/* All that the holder of the lock has stored. */
inline drain_holder() {
    drain_clear();
    drain_raise();
    drain_slot()
}

active proctype store_buffers() {
    byte i;
end:
    do
    :: atomic { sb_view[0] != NONE -> drain_view(0) }
    :: atomic { sb_view[1] != NONE -> drain_view(1) }
#if CPUS > 2
    :: atomic { sb_view[2] != NONE -> drain_view(2) }
#endif
    :: atomic { sb_clear != 0 -> drain_clear() }
    :: atomic { sb_clear == 0 && sb_raise != 0 -> drain_raise() }
    :: atomic { sb_slot != NONE -> drain_slot() }
    od
}

/* --- views and tags ------------------------------------------------------------------------- */

#define TAG(c, v) (2 * (c) + ((v) != 0))
#define OTHER_TAG(c, v) (2 * (c) + ((v) == 0))
#define ID(v) ((v) == 1 -> (life == 0 -> 2 : NEXT_ID) : (v) + 1)
#define HAS_A(v) ((v) == 1 && life == 0)
#define LIVES(v) ((v) != 1 || life == 0 || life == 3)
#define SLOT(v) ((v) != 1 || slot)
#define GEN(v) (gen_home + (HAS_A(v) -> gen_a : 0))
/* The same for the holder of the lock, who sees his own stores before others do. */
#define OWN_GEN(v) (GEN(v) + (sb_raise == H0 || (sb_raise != 0 && HAS_A(v))))
#define UP_TO_DATE(c, v, g) (rec_id[TAG(c, v)] == ID(v) && rec_gen[TAG(c, v)] == (g))

/* What the loaded root can lead to through the tables as they are. */
#define REACHABLE(v) (present & (HAS_A(v) -> ALL : H0))

inline fill(c) {
    if
    :: root[c] != KERNEL -> tlb[TAG(c, root[c])] = tlb[TAG(c, root[c])] | REACHABLE(root[c])
    :: else
    fi
}

/*
 * What has to hold at any moment, asserted wherever one of its parts changes. The comment behind an
 * assertion is what tests/model/run says when it is violated.
 */
#define CACHED(c, v) tlb[TAG(c, v)]
#define ACCESS_OK(c) (uses[c] == NONE || ((CACHED(c, uses[c]) & freed) == 0 && \
    (HAS_A(uses[c]) || (CACHED(c, uses[c]) & (A0 | TA)) == 0)))
#define WALK_OK(c) (root[c] == KERNEL || (CACHED(c, root[c]) & freed & TA) == 0)
#define ROOT_OK(c) (root[c] == KERNEL || LIVES(root[c]))

inline check(c) {
    assert(ACCESS_OK(c)); /* user code can use a translation that was taken away */
    assert(WALK_OK(c)); /* the CPU can walk a freed table */
    assert(ROOT_OK(c)) /* the CPU can walk a freed root */
}

inline check_all() {
    check(0);
    check(1)
#if CPUS > 2
    ;
    check(2)
#endif
}

/* --- a CPU ---------------------------------------------------------------------------------- */

/* mmu_view_load and mmu_view_leave, under the lock. Nobody else reads what is written here before
 * the lock is free again, so it is one step. */
inline mmu_view_load(c, v) {
    atomic {
        assert(v == KERNEL || LIVES(v)); /* a freed view is loaded */
        drain_holder(); /* writing CR3 serialises */
        uses[c] = NONE;
        view[c] = v;
        root[c] = v;
        if
        :: v == KERNEL
        :: else ->
            if
#ifdef MUT_NO_ID
            :: rec_gen[TAG(c, v)] == GEN(v)
#else
            :: UP_TO_DATE(c, v, GEN(v))
#endif
            :: else ->
#ifndef MUT_RECORD_ONLY
                tlb[TAG(c, v)] = 0;
#endif
                rec_id[TAG(c, v)] = ID(v);
                rec_gen[TAG(c, v)] = GEN(v)
            fi
        fi;
        fill(c);
        check(c)
    }
}

/* Drops what the request names; single pages go by INVLPG, which drops the tag's tables too. */
inline drop(c) {
#ifdef MUT_WRONG_TAG
    tlb[OTHER_TAG(c, root[c])] = 0;
#else
    tlb[TAG(c, root[c])] = tlb[TAG(c, root[c])] & ~(which | TA);
#endif
    rec_gen[TAG(c, root[c])] = OWN_GEN(root[c]);
    fill(c)
}

/* mmu_answer: from the interrupt, and from the loop that waits for the lock. The asker waits, and
 * nobody else looks at what is read and written here, so it is one step. */
inline mmu_answer(c) {
#ifdef MUT_ANSWER_FIRST
    atomic { asked[c] != 0 -> r = asked[c]; asked[c] = 0 };
    atomic {
#else
    atomic {
        asked[c] != 0 -> r = asked[c];
        asked[c] = 0;
#endif
        drain_view(c); /* dropping entries serialises */
        if
        :: r == FLUSH && root[c] != KERNEL -> drop(c)
        :: r == LEAVE && root[c] == 1 -> uses[c] = NONE; view[c] = KERNEL; root[c] = KERNEL
        :: else
        fi;
        r = 0
    }
}

/* Does CPU i have to drop what was removed? Its loaded view's record tells. Tables are freed only
 * when no CPU can be in the middle of a switch either: so everybody who may be is asked. */
#define STALE(i) (view[i] != KERNEL && rec_gen[TAG(i, view[i])] != OWN_GEN(view[i]))
#ifdef MUT_TABLES_LIKE_PAGES
#define IS_ASKED(i, e) STALE(i)
#else
#define IS_ASKED(i, e) (STALE(i) || ((e) == TA && view[i] != KERNEL))
#endif

/* Who has to leave view 1: whoever may be in the middle of a switch to it. The answer says that it
 * is over. */
#ifdef MUT_ASK_LOADED_ONLY
#define IS_ASKED_TO_LEAVE(i) (view[i] == 1)
#else
#define IS_ASKED_TO_LEAVE(i) (runs[i] || view[i] == 1)
#endif

#define NEXT(c) (((c) + 1) % CPUS)

/* Asks CPU i, by a locked instruction on its mailbox and an interrupt. */
inline ask_to_flush(i, e) {
    atomic {
        if
        :: IS_ASKED(i, e) ->
            assert(view[i] == KERNEL || LIVES(view[i])); /* the remover reads a freed view */
            drain_holder();
            asked[i] = FLUSH;
#ifdef MUT_LOST_INTERRUPT
            if
            :: missed[i] = 0
            :: missed[i] = 1
            fi
#endif
        :: else
        fi
    }
}

inline ask_to_leave(i) {
    atomic {
        if
        :: IS_ASKED_TO_LEAVE(i) -> drain_holder(); asked[i] = LEAVE
        :: else
        fi
    }
}

#if CPUS > 2
#define ANSWERED (asked[0] == 0 && asked[1] == 0 && asked[2] == 0)
#define NOBODY_HAS(v) (view[0] != v && view[1] != v && view[2] != v)
#else
#define ANSWERED (asked[0] == 0 && asked[1] == 0)
#define NOBODY_HAS(v) (view[0] != v && view[1] != v)
#endif

/*
 * In LIVE an interrupt comes before the next instruction of user code, unless it came before the
 * request could be seen; then only a wait for the lock finds the request.
 */
#ifdef LIVE
bool waits; /* CPU 0, from asking for the lock to having given it back */
#ifdef MUT_LOST_INTERRUPT
bool missed[CPUS];
#define CAN(what) ((may & what) && (asked[c] == 0 || missed[c]))
#else
#define CAN(what) ((may & what) && asked[c] == 0)
#endif
#else
#define CAN(what) (may & what)
#endif

proctype cpu(byte c; byte may) {
    byte v;  /* the view to switch to */
    byte g;  /* its generation */
    byte now; /* the same at the second look */
    byte op; /* what is asked of the kernel */
    byte e;  /* what to remove */
    byte r;  /* a request */

user:
    atomic {
        v = 0; g = 0; now = 0; op = SWITCH; e = 0;
        assert(root[c] != KERNEL); /* user code on the kernel's root */
        uses[c] = root[c];
        check(c)
    };
end_user: /* a CPU may stay here for ever */
    if
    :: atomic { CAN(SWITCHES) -> v = 0; goto switch }
    :: atomic { CAN(SWITCHES) -> v = 1; goto switch }
    :: atomic { CAN(SWITCHES) -> v = 2; goto switch }
    :: atomic { CAN(REMOVES) && (present & H0) -> op = REMOVE; e = H0; goto lock_acquire }
    :: atomic { CAN(REMOVES) && (present & A0) -> op = REMOVE; e = A0; goto lock_acquire }
    :: atomic { CAN(REMOVES) && (present & TA) -> op = REMOVE; e = TA; goto lock_acquire }
    :: atomic { CAN(ENDS) && life == 0 -> op = DESTROY; goto lock_acquire }
    :: atomic { CAN(ENDS) && life == 1 -> op = CREATE; goto lock_acquire }
    :: atomic { CAN(IDLES) -> op = IDLE; goto lock_acquire }
    :: /* the interrupt */
#ifdef MUT_LOST_INTERRUPT
        !missed[c];
#endif
        mmu_answer(c);
        if
        :: root[c] == KERNEL -> goto lock_acquire /* the view is lost: the thread comes home */
        :: else -> goto end_user
        fi
    fi;

    /*
     * syscall_entry.switch: no lock, and interrupts are off, so there is no answer in here. Each
     * step reads once what others write.
     */
switch:
    if
    :: atomic { !SLOT(v) -> goto lock_acquire }
    :: SLOT(v)
    fi;
    atomic {
        assert(v != 1 || slot_object); /* the switch follows a pointer that was wiped */
        assert(LIVES(v)); /* the switch reads a view that is freed or not made yet */
        g = gen_home
    };
    atomic {
        assert(LIVES(v)); /* the switch reads a view that is freed or not made yet */
        g = g + (HAS_A(v) -> gen_a : 0);
        if
#ifdef MUT_NO_ID
        :: rec_gen[TAG(c, v)] == g
#else
        :: UP_TO_DATE(c, v, g)
#endif
        :: else -> goto lock_acquire
        fi;
#ifndef MUT_PUBLISH_LATE
        sb_view[c] = v
#endif
    };
    atomic { /* CR3: the new root may be walked before the buffer is empty */
        assert(LIVES(v)); /* the switch reads a view that is freed or not made yet */
        root[c] = v;
        fill(c);
        check(c)
    };
    atomic {
        drain_view(c);
        uses[c] = NONE;
#ifdef MUT_PUBLISH_LATE
        sb_view[c] = v;
#endif
        now = gen_home
    };
    atomic {
        now = now + (HAS_A(v) -> gen_a : 0);
        if
#ifdef MUT_NO_SECOND_LOOK
        :: true
#else
        :: now == g
        :: else -> goto too_late
#endif
        fi
    };
#ifdef MUT_PUBLISH_LATE
    sb_view[c] == NONE;
#endif
    goto user;

    /* .switch_too_late: CR3 once more, without keeping. No answer may make good what is kept here. */
too_late:
    atomic {
        assert(LIVES(v)); /* the switch reads a view that is freed or not made yet */
#ifndef MUT_LATE_KEPT
        tlb[TAG(c, v)] = 0;
#endif
        fill(c);
        check(c)
    };

    /* Ordinary calls, what the switch does not do itself, and threads that have lost their view. */
lock_acquire:
    atomic {
        drain_view(c);
        g = 0;
        now = 0;
        uses[c] = NONE;
#ifdef LIVE
        waits = waits || c == 0;
#endif
#ifndef MUT_UNFAIR_LOCK
        lock!c
#endif
    };
    do
#ifdef MUT_UNFAIR_LOCK
    :: atomic {
        empty(lock) -> lock!c;
#else
    :: atomic {
        lock?[eval(c)] ->
#endif
            assert(asked[c] == 0); /* the holder of the lock is asked */
            if
            :: op == SWITCH -> goto slow_switch
            :: op == REMOVE -> goto remove
            :: op == DESTROY -> goto destroy
            :: op == CREATE -> goto create
            :: op == IDLE -> goto idle
            fi
        }
#ifndef MUT_NO_POLL
    :: mmu_answer(c)
#endif
    od;

    /* sys_vas_switch; a thread whose view is gone comes home. Like the load itself one step, up to
     * and with the release of the lock. */
slow_switch:
    atomic {
        runs[c] = 1;
#ifndef MUT_SLOT_NOT_READ_AGAIN
        if
        :: SLOT(v)
        :: else -> v = 0
        fi;
#endif
        mmu_view_load(c, v);
        goto unlock
    };

    /* sched's idle: on the kernel's root, without the lock, until there is a thread. */
idle:
    atomic {
        mmu_view_load(c, KERNEL);
        runs[c] = 0;
        op = SWITCH;
#ifdef LIVE
        waits = waits && c != 0;
#endif
        lock?eval(c)
    };
    do
    :: mmu_answer(c)
    :: atomic { v = 0; goto lock_acquire }
    :: atomic { v = 1; goto lock_acquire }
    :: atomic { v = 2; goto lock_acquire }
    od;

    /* pt_write, tlb_batch_removed, tlb_batch_finish. */
remove:
    atomic {
        if
        :: (present & e) == 0 -> goto unlock /* another CPU was faster */
        :: else
        fi;
        sb_clear = e;
#ifndef MUT_RAISE_LATE
        sb_raise = e;
#endif
        /* Single pages or the whole tag. */
        if
        :: which = (e == TA -> TA | A0 : e)
        :: which = ALL
        fi
    };
    atomic {
#ifndef MUT_NO_FENCE
        drain_clear();
        drain_raise();
#endif
        ask_to_flush(NEXT(c), e)
    };
#if CPUS > 2
    ask_to_flush(NEXT(NEXT(c)), e);
#endif
    atomic {
#ifdef MUT_RAISE_LATE
        sb_raise = e;
#endif
        if
        :: STALE(c) -> /* flush_this_cpu */
            /* Nothing older is missing here: what the batch removed is enough. */
            g = rec_gen[TAG(c, root[c])] + 1;
            assert(g == OWN_GEN(root[c])); /* the remover's own record was stale before */
            g = 0;
            drop(c)
        :: else
        fi
    };
#ifdef MUT_FREE_EARLY
    goto free_frames;
#endif
    ANSWERED;
free_frames:
    atomic {
        drain_holder();
        freed = freed | (e == TA -> TA | A0 : e);
        check_all()
    };
#ifdef MUT_FREE_EARLY
    ANSWERED;
#endif
    goto unlock;

    /* view_release, mmu_view_fini. */
destroy:
    atomic {
        if
        :: life != 0 -> goto unlock
        :: else
        fi;
#ifdef MUT_SLOT_WIPED
        slot_object = 0;
#endif
#ifndef MUT_SLOT_LATE
        sb_slot = 0
#endif
    };
    ask_to_leave(NEXT(c));
#if CPUS > 2
    ask_to_leave(NEXT(NEXT(c)));
#endif
    atomic {
        if
        :: root[c] == 1 -> mmu_view_load(c, 0)
        :: else
        fi
    };
    ANSWERED;
    atomic {
#ifdef MUT_SLOT_LATE
        sb_slot = 0;
#endif
        drain_holder();
        slot_object = 0;
        life = 1;
        assert(NOBODY_HAS(1)); /* a CPU stands in a freed view */
        check_all();
        goto unlock
    };

    /* view_create: the slot is filled when everything else is there. */
create:
#ifdef MUT_SLOT_FIRST
    atomic { life == 1 -> slot_object = 1; life = 2; slot = 1 };
    life = 3;
    goto unlock;
#else
    atomic {
        if
        :: life != 1 -> goto unlock
        :: else
        fi;
        slot_object = 1;
        life = 3;
        sb_slot = 1;
        goto unlock
    };
#endif

unlock:
    atomic {
        drain_holder();
        which = 0;
        lock?eval(c);
#ifdef LIVE
        waits = waits && c != 0;
#endif
        if
        :: root[c] == KERNEL -> op = SWITCH; v = 0; goto lock_acquire
        :: else -> goto user
        fi
    }
}

init {
    byte i;
    atomic {
        do
        :: i < CPUS ->
            rec_id[2 * i] = 1;
            tlb[2 * i] = REACHABLE(0);
            if
            :: i == 0 -> run cpu(i, MAY_0)
            :: i == 1 -> run cpu(i, MAY_1)
            :: i == 2 -> run cpu(i, MAY_2)
            fi;
            i++
        :: else -> break
        od
    }
}

#ifdef LIVE
ltl nobody_waits_for_ever { [] <> !waits }
#endif
