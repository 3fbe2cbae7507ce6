/* The first program: what init finds when it starts. */
#include "sys/first.h"

#include <stdio.h>

#include <arch/phys.h>

#include "abi/elf.h"
#include "mem/frame.h"
#include "obj/user_mem.h"
#include "world.h"

#define ARCHIVE_PA (60 * MIB)
#define RECORD 512
#define TEXT "the text of init"

struct program {
    struct elf_header header;
    struct elf_program parts[2];
    char text[RECORD];
};

static struct program example(void)
{
    return (struct program){
        .header = {{0x7f, 'E', 'L', 'F'},
                   ELF_CLASS_64,
                   ELF_DATA_LITTLE,
                   {0},
                   ELF_TYPE_EXECUTABLE,
                   ELF_MACHINE_X86_64,
                   1,
                   0x401000,
                   sizeof(struct elf_header),
                   0,
                   0,
                   64,
                   sizeof(struct elf_program),
                   2,
                   0,
                   0,
                   0},
        .parts = {{ELF_LOAD, ELF_READ | ELF_EXECUTE, offsetof(struct program, text), 0x401000, 0,
                   sizeof(TEXT), sizeof(TEXT), PAGE_SIZE},
                  {ELF_LOAD, ELF_READ | ELF_WRITE, offsetof(struct program, text), 0x600008, 0,
                   sizeof(TEXT), 0x5000, PAGE_SIZE}},
        .text = TEXT,
    };
}

/* The archive with bin/init, where the boot loader would have put it. */
static uint64_t place_archive(const struct program *program)
{
    uint64_t nbytes = RECORD + align_up(sizeof(*program), RECORD) + 2 * RECORD;
    char *archive = paddr_to_ptr(PADDR(ARCHIVE_PA));
    memset(archive, 0, align_up(nbytes, PAGE_SIZE));
    memcpy(archive, "bin/init", 8);
    snprintf(archive + 124, 12, "%011zo", sizeof(*program));
    archive[156] = '0';
    memcpy(archive + 257, "ustar", 5);
    memcpy(archive + RECORD, program, sizeof(*program));
    return nbytes;
}

/* A machine in which the archive's memory does not belong to the allocator. */
static int setup(void **state)
{
    machine_setup(state);
    paddr_t pa;
    do
        assert_ok(frame_alloc(FRAME_2M, FRAME_SEG_PAGE, NULL, &pa));
    while (pa.v != ARCHIVE_PA);
    pool_object_init();
    machine.may_leak = true;
    return 0;
}

static void assert_user_bytes(uint64_t address, const void *expected, size_t nbytes)
{
    char bytes[64];
    assert_ok(user_read(bytes, UPTR(address), nbytes));
    assert_memory_equal(bytes, expected, nbytes);
}

static void test_first_program_starts_with_its_parts_words_and_capabilities(void **state)
{
    (void)state;
    struct program program = example();
    uint64_t nbytes = place_archive(&program);
    assert_ok(first_program((struct first_spec){PADDR(ARCHIVE_PA), nbytes, "run=tour  exit=none"}));
    struct thread *thread = machine_run();
    const struct trap_frame *frame = &thread->context.frame;
    assert_int_equal(frame->rip, 0x401000);
    assert_true(is_aligned(frame->rsp, 16) && frame->rdi == frame->rsp);
    assert_user_bytes(0x401000, TEXT, sizeof(TEXT));
    assert_user_bytes(0x600008, TEXT, sizeof(TEXT));
    assert_user_bytes(0x600008 + sizeof(TEXT), "\0\0\0\0", 4);
    assert_int_equal(cpu_walk(thread->process->home.top, 0x401000).access, ACCESS_RX);
    assert_int_equal(cpu_walk(thread->process->home.top, 0x600008).access, ACCESS_RW);
    struct startup startup;
    uint64_t argv[4];
    assert_ok(user_read(&startup, UPTR(frame->rdi), sizeof(startup)));
    assert_int_equal(startup.magic, STARTUP_MAGIC);
    assert_int_equal(startup.argc, 3);
    assert_int_equal(startup.archive_bytes, nbytes);
    assert_int_equal(startup.ncaps, 4);
    assert_string_equal(startup.caps[0].name, "console");
    assert_ok(user_read(argv, UPTR(startup.argv), sizeof(argv)));
    assert_user_bytes(argv[0], "init", 5);
    assert_user_bytes(argv[1], "run=tour", 9);
    assert_user_bytes(argv[2], "exit=none", 10);
    assert_int_equal(argv[3], 0);
}

static void test_first_program_archive_is_read_where_it_lies_and_stays(void **state)
{
    (void)state;
    struct program program = example();
    uint64_t nbytes = place_archive(&program);
    uint64_t nfree = frame_count_free();
    assert_ok(first_program((struct first_spec){PADDR(ARCHIVE_PA), nbytes, ""}));
    struct thread *thread = machine_run();
    struct startup startup;
    assert_ok(user_read(&startup, UPTR(thread->context.frame.rdi), sizeof(startup)));
    handle_t archive = startup.caps[startup.ncaps - 1].handle;
    must(sys_seg_attach(HANDLE_SELF, archive, ACCESS_READ));
    assert_user_bytes(ARCHIVE_BASE, "bin/init", 9);
    assert_int_equal(cpu_walk(thread->process->home.top, ARCHIVE_BASE).pa, ARCHIVE_PA);
    process_end(thread->process, (struct ending){END_EXIT, 0, 0});
    machine_settle();
    assert_int_equal(frame_count_free(), nfree);
    assert_memory_equal(paddr_to_ptr(PADDR(ARCHIVE_PA)), "bin/init", 9);
}

static void test_first_program_that_is_missing_or_broken_is_a_status(void **state)
{
    (void)state;
    struct program program = example();
    program.header.machine = 3;
    uint64_t nbytes = place_archive(&program);
    struct first_spec spec = {PADDR(ARCHIVE_PA), nbytes, ""};
    assert_int_equal(first_program(spec), STATUS_BAD_ARGUMENT);
    memcpy(paddr_to_ptr(PADDR(ARCHIVE_PA)), "bin/unit", 8);
    assert_int_equal(first_program(spec), STATUS_NO_DATA);
}

#define FIRST_TEST(f) cmocka_unit_test_setup_teardown(f, setup, machine_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIRST_TEST(test_first_program_starts_with_its_parts_words_and_capabilities),
        FIRST_TEST(test_first_program_archive_is_read_where_it_lies_and_stays),
        FIRST_TEST(test_first_program_that_is_missing_or_broken_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
