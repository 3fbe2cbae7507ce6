/*
 * The types and structures that the kernel and user programs share. Data only; includes nothing, so
 * that it can be read by any program and by either side's compiler.
 *
 * Every structure here is part of the system-call interface: fixed-width members, no padding, and a
 * static assertion of its size. Addresses and sizes are in bytes unless a name says `npages`.
 */
#ifndef VASCO_ABI_TYPES_H
#define VASCO_ABI_TYPES_H

typedef __UINT8_TYPE__ abi_u8;
typedef __UINT16_TYPE__ abi_u16;
typedef __UINT32_TYPE__ abi_u32;
typedef __UINT64_TYPE__ abi_u64;
typedef __INT64_TYPE__ abi_i64;

/*
 * A handle names a capability in the table of one process. It is never negative, and 0 is never
 * valid:
 *
 *    63 62             32 31              12 11     6 5    0
 *   +--+-----------------+------------------+--------+------+
 *   |0 |   generation    |  table page      |  slot  |  0   |
 *   +--+-----------------+------------------+--------+------+
 *
 * The generation of a slot grows each time the slot is reused, so a stale handle is an error and
 * never somebody else's object.
 */
typedef abi_i64 handle_t;

#define HANDLE_GENERATION_SHIFT 32
#define HANDLE_PAGE_SHIFT 12
#define HANDLE_SLOT_SHIFT 6
#define HANDLE_SLOT_MASK 0xfc0
#define HANDLE_OF(page, slot, generation)                                                          \
    ((handle_t)(((abi_u64)(generation) << HANDLE_GENERATION_SHIFT) |                               \
                ((abi_u64)(page) << HANDLE_PAGE_SHIFT) | ((abi_u64)(slot) << HANDLE_SLOT_SHIFT)))

/* The first two capabilities of every process: itself, and its home view (view 0). */
#define HANDLE_SELF HANDLE_OF(0, 0, 1)
#define HANDLE_HOME HANDLE_OF(0, 1, 1)

/* Names are for messages only. They are passed in two registers, first byte lowest. */
#define NAME_BYTES 16

#define PAGE_BYTES 4096

/* User addresses: a home space is top-level slot 0, a VAS is slots 1 to 255. The last page of the
 * lower half is never mapped (SYSRET to a non-canonical address faults in the kernel, SDM 2B). */
#define HOME_BASE 0x0000000000000000
#define HOME_END 0x0000008000000000
#define VAS_BASE 0x0000008000000000
#define VAS_END 0x00007ffffffff000
/* From here on lie the bases that seg_create chooses; those that are asked for must lie below. */
#define VAS_CHOSEN_BASE 0x0000700000000000
/* Page 0, and with it the first 2 MiB, belongs to no segment: a null pointer faults. */
#define HOME_FIRST_SEG 0x0000000000200000

/* Where the archive of programs and texts is placed in a home space that attaches it. */
#define ARCHIVE_BASE 0x0000004000000000

/* Flags of seg_create. Without SEG_EAGER a page is filled with zeroes when it is first touched; in
 * either case its memory is reserved at creation, so that a first touch cannot fail. */
#define SEG_EAGER 0x1
#define SEG_PAGES_2M 0x2
#define SEG_PAGES_1G 0x4
/* The largest pages of which the segment has at least 16. */
#define SEG_PAGES_BY_SIZE 0x8
/* Its memory is charged as its pages are touched, not at creation; so it can be larger than all
 * memory, and a first touch can fail. */
#define SEG_SPARSE 0x10
/* Whoever stands in a view of a VAS that has it attached has its lock: shared where the view only
 * reads it, exclusive where the view can write it. */
#define SEG_LOCKABLE 0x20
/* The kernel fills none of its pages by itself: a first touch is the fault FAULT_MISSING, and
 * somebody supplies the page (seg_supply, seg_fill). Its pages are of 4 KiB. */
#define SEG_PAGED 0x40
#define SEG_FLAGS                                                                                  \
    (SEG_EAGER | SEG_PAGES_2M | SEG_PAGES_1G | SEG_PAGES_BY_SIZE | SEG_SPARSE | SEG_LOCKABLE |     \
     SEG_PAGED)

/* What one seg_supply takes at most. */
#define SEG_SUPPLY_BYTES_MAX 0x10000

/* Lockable segments attached to one VAS, at most. */
#define VAS_LOCKABLE_MAX 64

/* What a switch returns if it has succeeded, and a segment that it locked was abandoned: a thread
 * that held it for itself alone ended, or lost its view, and may have left something half done. It
 * is so told to everybody until seg_mark_consistent. */
#define VAS_ABANDONED 1

/*
 * A futex is a 64-bit word at which threads wait. With FUTEX_OWNED its low bits are the id of the
 * thread that owns it, and the two above them are the programs': that others wait, and that an
 * owner has ended in the middle of something.
 */
#define FUTEX_OWNED 0x1
#define FUTEX_WAITERS ((abi_u64)1 << 63)
#define FUTEX_OWNER_DIED ((abi_u64)1 << 62)
#define FUTEX_OWNER_MASK (FUTEX_OWNER_DIED - 1)
#define FUTEX_FOREVER (~(abi_u64)0) /* a deadline that never comes */
#define FUTEX_REQUEUE_MAX 32        /* threads that one futex_requeue wakes and moves, at most */

#define PRIORITIES 32 /* 0 is the lowest, 31 the highest */
#define PRIORITY_DEFAULT 16

/* What system_power does. */
#define POWER_OFF 0
#define POWER_REBOOT 1

/* Why a process or a thread ended. */
enum end_reason {
    END_RUNNING = 0,   /* it has not ended */
    END_EXIT = 1,      /* it asked for it; `status` is what it gave */
    END_FAULT = 2,     /* a fault nobody handled; `status` is the vector, `address` the address */
    END_DESTROYED = 3, /* somebody with the right to do so destroyed it */
    END_VIEW_LOST = 4, /* the view in which it stood was taken away; `address` is where it was */
};

struct process_info {
    abi_u64 id;
    char name[NAME_BYTES];
    abi_u32 nthreads;
    abi_u32 reason; /* enum end_reason */
    abi_i64 status;
    abi_u64 address;
    abi_u64 nviews;
    abi_u64 ncaps;
};
_Static_assert(sizeof(struct process_info) == 64, "ABI");

struct thread_info {
    abi_u64 id;
    abi_u64 process;
    abi_u32 priority;
    abi_u32 reason; /* enum end_reason */
    abi_i64 status;
    handle_t view;   /* where it stands; a handle of its process */
    abi_u32 cpu;     /* on which it runs */
    abi_u32 runs_at; /* the priority at which it runs: a server's is that of its callers */
};
_Static_assert(sizeof(struct thread_info) == 48, "ABI");

/*
 * For how many cycles the kernel lock was held, how often: counts[lock_bucket(cycles)]. Eight
 * buckets for each power of two, so a bucket is known to an eighth of its value.
 */
#define LOCK_BUCKETS 312
struct lock_times {
    abi_u64 longest; /* in cycles, exactly */
    abi_u64 counts[LOCK_BUCKETS];
};
_Static_assert(sizeof(struct lock_times) == 8 + 8 * LOCK_BUCKETS, "ABI");

static inline abi_u32 lock_bucket(abi_u64 cycles)
{
    abi_u32 log = cycles < 8 ? 2 : 63 - (abi_u32)__builtin_clzll(cycles);
    abi_u32 bucket =
        cycles < 8 ? (abi_u32)cycles : 8 * (log - 2) + (abi_u32)(cycles >> (log - 3) & 7);
    return bucket < LOCK_BUCKETS ? bucket : LOCK_BUCKETS - 1;
}

/* The least that is counted in a bucket. */
static inline abi_u64 lock_bucket_cycles(abi_u32 bucket)
{
    return bucket < 8 ? bucket : (abi_u64)(8 + bucket % 8) << (bucket / 8 - 1);
}

/*
 * One thing that a CPU did while tracing was on (system_trace). abi/trace.def says for each kind
 * what its number and values are.
 */
#define TRACE_VALUES 4
#define TRACE_EVENTS_MAX 16384 /* that are kept for each CPU */
#define TRACE_READ_MAX 64      /* that one system_trace_read copies */
struct trace_event {
    abi_u64 time;     /* as clock_read tells it */
    abi_u64 sequence; /* events of a CPU are numbered, from 0 on */
    abi_u64 thread;   /* the id of the thread that ran; 0: none, or not known yet */
    abi_u32 kind;     /* enum trace_kind */
    abi_u32 number;
    abi_u64 values[TRACE_VALUES];
};
_Static_assert(sizeof(struct trace_event) == 64, "ABI");

struct seg_info {
    abi_u64 id;
    char name[NAME_BYTES];
    abi_u64 base;
    abi_u64 nbytes;
    abi_u64 extent;      /* bytes of address space it occupies: nbytes rounded up to its granule */
    abi_u64 page_bytes;  /* of its largest pages */
    abi_u64 resident;    /* bytes filled so far */
    abi_u64 resident_2m; /* of these, in pages of 2 MiB */
    abi_u64 resident_1g; /* and of 1 GiB; the rest in pages of 4 KiB */
    abi_u64 charged;     /* bytes that its pool has promised for it, tables included */
    abi_u32 flags;
    abi_u32 nlinks;
    abi_u64 writer;    /* of a lockable segment: the id of the thread that holds it exclusively */
    abi_u32 nreaders;  /* threads that hold it shared */
    abi_u32 abandoned; /* 1: see VAS_ABANDONED */
};
_Static_assert(sizeof(struct seg_info) == 112, "ABI");

struct vas_info {
    abi_u64 id;
    char name[NAME_BYTES];
    abi_u32 nlinks;
    abi_u32 nviews;
    abi_u64 ntables; /* page-table frames the VAS itself owns; the segments' are their own */
    abi_u64 generation;
    abi_u32 nlockable; /* of its links, those of lockable segments */
    abi_u32 nholders;  /* if it has any: threads that stand in its views, or wait to enter one */
};
_Static_assert(sizeof(struct vas_info) == 56, "ABI");

/*
 * What a thread's fault handler finds (thread_set_handler), and what it can go back with
 * (thread_resume).
 */
enum fault_kind {
    FAULT_PAGE = 1,      /* `address` was touched, and the view does not allow `access` there */
    FAULT_EXCEPTION = 2, /* the CPU raised `vector` (SDM 3A table 6-1) at `address` */
    FAULT_VIEW_LOST = 3, /* `view`, in which the thread stood, was taken away: it is at home now */
    FAULT_NO_MEMORY =
        4, /* `address` of a sparse segment was touched, and its pool has no memory left */
    FAULT_MISSING = 5, /* `address` of a paged segment was touched, and its page is missing */
};

struct fault_report {
    abi_u32 kind; /* enum fault_kind */
    abi_u32 vector;
    abi_u64 address;
    abi_u64 access;
    handle_t view; /* in which the thread stood */
    abi_u64 r15, r14, r13, r12, rbp, rbx;
    abi_u64 r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    abi_u64 rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct fault_report) == 192, "ABI");

/*
 * A message: up to 40 words and four capabilities. The first eight words travel in registers:
 *
 *  RDI  the endpoint; on return the badge of the capability that was called, 0 with an answer
 *  RSI  its tag: see below
 *  RDX R10 R8 R9 R12 R13 R14 R15   the first words. Of a message of four words or fewer the last
 *                                  four registers are kept
 *  RBX  with MESSAGE_DEADLINE: until when to wait, as clock_read tells the time
 *  RBP  with MESSAGE_BUFFER: the address of a struct message. From there the kernel takes the
 *       words from the ninth on and the capabilities, and there it puts them
 *
 * A register of the first four that is no part of a message passes as it is: the C wrappers set
 * them to 0. Those of the last four that are no part of a longer message come as 0. Who gives no
 * buffer can be sent no more than eight words and no capabilities, with MESSAGE_SHORT no more than
 * four.
 */
#define MESSAGE_WORDS 40
#define MESSAGE_REGISTERS 8
#define MESSAGE_SHORT_WORDS 4
#define MESSAGE_CAPS 4

/* The tag: nwords, ncaps and flags of a struct message as one number. */
#define MESSAGE_TAG(nwords, ncaps, flags)                                                          \
    ((abi_u64)(nwords) | (abi_u64)(ncaps) << 32 | (abi_u64)(flags) << 48)
#define MESSAGE_NWORDS(tag) ((abi_u32)(tag))
#define MESSAGE_NCAPS(tag) ((abi_u16)((tag) >> 32))
#define MESSAGE_FLAGS(tag) ((abi_u16)((tag) >> 48))
#define MESSAGE_BUFFER 0x1
#define MESSAGE_DEADLINE 0x2
#define MESSAGE_SHORT 0x4
/* Only the kernel sends it: the message is the fault of a thread, a struct fault_call. */
#define MESSAGE_FAULT 0x8
/* In what a receive returns: no call, but the bits of the notification that is bound to the thread,
 * in word 0 (notification_bind). */
#define MESSAGE_EVENTS 0x10

/* With the message goes a child of `cap` that has these rights, or with MESSAGE_ALL_RIGHTS all that
 * `cap` has. The receiver finds its own handle, and the rights that it has got. */
struct message_cap {
    handle_t cap;
    abi_u64 rights;
};
#define MESSAGE_ALL_RIGHTS (~(abi_u64)0)

struct message {
    abi_u32 nwords;
    abi_u16 ncaps;
    abi_u16 flags; /* the C wrappers' own */
    abi_u64 badge; /* set by a receive */
    struct message_cap caps[MESSAGE_CAPS];
    abi_u64 words[MESSAGE_WORDS];
};
_Static_assert(sizeof(struct message) == 16 + 16 * MESSAGE_CAPS + 8 * MESSAGE_WORDS, "ABI");

/*
 * The fault of a thread, as its fault endpoint receives it (thread_set_fault_endpoint): the eight
 * words of a message with the flag MESSAGE_FAULT. The first word of the answer says what becomes of
 * the thread, whose registers are as they were.
 */
struct fault_call {
    abi_u32 kind; /* enum fault_kind; as in a struct fault_report: */
    abi_u32 vector;
    abi_u64 address;
    abi_u64 access;
    handle_t view; /* a handle of the thread's process */
    abi_u64 vas;   /* ids: of the VAS in whose view it stands now, 0 at home, */
    abi_u64 seg;   /* of the segment at `address` there, or 0, */
    abi_u64 offset;
    abi_u64 thread; /* and of the thread */
};
#define FAULT_CALL_WORDS 8
_Static_assert(sizeof(struct fault_call) == 8 * FAULT_CALL_WORDS, "ABI");

enum fault_answer {
    FAULT_RESUME = 0,    /* it makes the access again */
    FAULT_RESUME_AT = 1, /* the same, in the view that the second word names, a handle of its
                            process; not if that view has lockable segments, or its own has */
    FAULT_DECLINE = 2,   /* it has its fault as if it had no endpoint */
    FAULT_END = 3,       /* its process ends by the fault, whatever handler the thread has */
};

/*
 * A call through a gate (gate_call), and its return (gate_return). Of the registers RSI, RDX, R8
 * and R9 are for arguments and results; RBX, RBP, R12 to R15, GS base, and the x87 and vector
 * registers go along as they are, both ways: whoever does not want to show them to the other side
 * clears them, and whoever needs them afterwards keeps them itself. The C wrappers (vasco/gate.h)
 * do both.
 *
 *           at the entry of the gate                    after the call
 *  RAX      the FS base of the stack                    the status
 *  RDI      the badge of the capability                 nothing of the owner's
 *  RSP      the top of the stack                        as it was
 *  RFLAGS   as at the start of a thread                 the same
 *  FS base  that of the stack                           as it was
 *
 * After an error RSI, RDX, R8 and R9 are 0. If the call was broken off the other registers
 * and GS base are, and vector registers are as at the start of a thread; otherwise they are as they
 * were.
 */
#define GATE_STACKS_MAX 64 /* of one gate */
#define GATE_DEPTH_MAX 8   /* gates in which a thread can be at once */

struct gate_info {
    abi_u64 id;
    char name[NAME_BYTES];
    abi_u64 process; /* the owner's id; 0 if the gate is closed */
    abi_u32 nstacks;
    abi_u32 ncalls;  /* in progress */
    abi_u64 nfaults; /* calls that ended by a fault */
};
_Static_assert(sizeof(struct gate_info) == 48, "ABI");

/* Threads that can wait for one notification at once. */
#define NOTIFICATION_WAITERS_MAX 64

/* One link, as link_info tells it. */
struct link_info {
    abi_u64 seg; /* ids of the segment, and of the VAS or process that has it attached */
    abi_u64 space;
    char seg_name[NAME_BYTES];
    char space_name[NAME_BYTES];
    abi_u64 base;
    abi_u64 nbytes;
    abi_u64 resident;
    abi_u64 page_bytes;
    abi_u32 access;
    abi_u32 space_type; /* OBJECT_VAS or OBJECT_PROCESS */
};
_Static_assert(sizeof(struct link_info) == 88, "ABI");

struct cap_info {
    abi_u16 type;   /* enum object_type */
    abi_u16 rights; /* of this capability */
    abi_u32 refs;   /* capabilities and attachments that keep the object */
    abi_u64 object; /* the object's id, unique in the system and never reused */
    abi_u64 badge;
    abi_u64 vas;       /* of a view: the id of its VAS; otherwise 0 */
    abi_u64 nchildren; /* derived directly from this one; CAP_CHILDREN_MAX if there are more */
    char name[NAME_BYTES];
};
_Static_assert(sizeof(struct cap_info) == 56, "ABI");

#define CAP_CHILDREN_MAX 1000

/* One capability of those that pool_caps tells of. */
enum cap_place {
    CAP_IN_TABLE, /* in the table of a process */
    CAP_IN_LINK,  /* a segment is attached to a space: goes with this authority */
    CAP_IN_CLONE, /* a VAS has been cloned: it goes with this authority */
};

#define CAP_ENTRIES_MAX 1000    /* that are told of one object */
#define CAP_ENTRIES_READ_MAX 64 /* that one pool_caps copies */
struct cap_entry {
    abi_u64 holder;  /* the id of the process, of the space of a link, or of the clone */
    handle_t handle; /* in the table of that process; otherwise 0 */
    abi_u64 object;  /* what it names: a view has an id of its own, and so has a link */
    abi_u64 badge;
    abi_u16 type;   /* enum object_type; of a link OBJECT_SEG, of a clone OBJECT_VAS */
    abi_u16 rights; /* of a link: its access */
    abi_u16 depth;  /* 0: derived from none */
    abi_u16 place;  /* enum cap_place */
};
_Static_assert(sizeof(struct cap_entry) == 40, "ABI");

struct pool_info {
    abi_u64 id;
    char name[NAME_BYTES];
    abi_u64 limit_frames; /* 4 KiB frames that it may promise; taken from its parent's */
    abi_u64 used_frames;  /* promised to objects, tables and child pools */
    abi_u64 left_frames;
    abi_u64 parent; /* the pool that it is charged to; 0: the pool of all memory has none */
};
_Static_assert(sizeof(struct pool_info) == 56, "ABI");

struct system_info {
    abi_u64 total_frames; /* 4 KiB frames of memory that the kernel manages */
    abi_u64 free_frames;
    abi_u64 charged_frames; /* frames that pools have promised to objects, filled or not */
    abi_u64 tsc_hz;         /* ticks of the time-stamp counter in a second */
    abi_u64 features;       /* bit n: feature n of abi/features.def is in use */
    abi_u64 object_bytes;   /* memory in live kernel objects */
    abi_u32 ncpus;
    abi_u32 ncounters;
};
_Static_assert(sizeof(struct system_info) == 56, "ABI");

/*
 * What a new program finds: its first thread starts with the address of a `struct startup` in RDI.
 * The kernel fills one in for the first program; later programs get theirs from the one that spawns
 * them. The strings and arrays lie behind it in the same segment.
 */
#define STARTUP_MAGIC 0x0a6f63736156 /* "Vasco\n" */
#define STARTUP_CAPS 16
struct startup_cap {
    char name[NAME_BYTES];
    handle_t handle;
};
struct startup {
    abi_u64 magic;
    abi_u64 argc;
    abi_u64 argv;          /* address of argc + 1 pointers, the last one null */
    abi_u64 envp;          /* address of pointers, the last one null */
    abi_u64 archive_bytes; /* length of the archive that the capability "archive" holds */
    abi_u64 ncaps;
    struct startup_cap caps[STARTUP_CAPS];
};
_Static_assert(sizeof(struct startup) == 48 + 24 * STARTUP_CAPS, "ABI");

#endif
