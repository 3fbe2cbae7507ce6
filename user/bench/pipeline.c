/* How long the pipeline takes, by each way and in its parts: see pipeline.h. */
#include <stdio.h>
#include <string.h>
#include <vasco/cap.h>
#include <vasco/process.h>
#include <vasco/program.h>
#include <vasco/seg.h>
#include <vasco/vas.h>

#include "bench.h"
#include "partner.h"
#include "pipeline.h"

#define ROUNDS 3

/* Beside the whole, which also has the start and the end of the processes. */
enum part {
    PART_INDEX,
    PART_SORT,
    PART_REPORT,
    PART_HAND_ON,
    PARTS,
};
static const char *const parts[] = {"index", "sort", "report", "hand-on"};

static struct {
    struct program *program;
    handle_t board, message, vas;
} pipeline;

/* --- one run ---------------------------------------------------------------------------------- */

/* New ones, so that no page has been touched. Each way uses one of them. */
static void open_places(void)
{
    pipeline.message =
        must(seg_create("message", MESSAGE_BASE, MESSAGE_BYTES, 0), "create a segment");
    pipeline.vas = must(vas_create("words"), "create a VAS");
    handle_t seg = must(seg_create("words", 0, WORDS_BYTES, 0), "create a segment");
    must(seg_attach(pipeline.vas, seg, ACCESS_READ | ACCESS_WRITE), "attach a segment");
    cap_delete(seg);
}

static void close_places(void)
{
    cap_delete(pipeline.vas);
    cap_delete(pipeline.message);
}

static void run_stage(const char *way, size_t stage)
{
    const char *const numbers[PIPELINE_STAGES] = {"0", "1", "2"};
    const char *const argv[] = {"bench", PARTNER, PARTNER_PIPELINE, way, numbers[stage], NULL};
    const struct program_cap caps[] = {
        {BOARD_CAP, pipeline.board, RIGHT_SEG_READ | RIGHT_SEG_WRITE},
        {MESSAGE_CAP, pipeline.message, RIGHT_SEG_READ | RIGHT_SEG_WRITE},
        {WORDS_CAP, pipeline.vas, RIGHT_VAS_READ | RIGHT_VAS_WRITE | RIGHT_VAS_VIEW | RIGHT_INFO},
    };
    struct process_info info;
    handle_t process;
    must(program_spawn(pipeline.program, argv, caps, 3, &process), "start a process");
    must(process_wait(process, &info), "wait for a process");
    must(process_ended_well(&info) ? STATUS_OK : STATUS_ENDED, "have a stage end well");
    cap_delete(process);
}

/* Returns how long it took. */
static uint64_t run(const char *way, const struct digest *right)
{
    memset(board(), 0, sizeof(*board()));
    open_places();
    const uint64_t start = clock_tsc();
    for (size_t stage = 0; stage < PIPELINE_STAGES; stage++)
        run_stage(way, stage);
    const uint64_t ticks = clock_tsc() - start;
    close_places();
    must(memcmp(&board()->digest, right, sizeof(*right)) != 0 ? STATUS_NOT_FOUND : STATUS_OK,
         "get the right report");
    return ticks;
}

/* --- what is reported ------------------------------------------------------------------------- */

static void read_parts(uint64_t ticks[PARTS])
{
    ticks[PART_HAND_ON] = 0;
    for (size_t stage = 0; stage < PIPELINE_STAGES; stage++) {
        const struct stage_times *times = &board()->times[stage];
        ticks[stage] = times->done - times->has;
        ticks[PART_HAND_ON] += times->has - times->begin + times->end - times->done;
    }
}

static void describe(char params[static 64], char detail[static 48], const char *way,
                     const char *part)
{
    snprintf(params, 64, "{\"way\":\"%s\",\"stage\":\"%s\"}", way, part);
    snprintf(detail, 48, ", %s: %s", way, part);
}

static void measure(const char *way, const struct digest *right)
{
    char params[64], detail[48];
    uint64_t ticks[ROUNDS][PARTS];
    samples_begin_rounds();
    for (size_t round = 0; samples_wanted(ROUNDS); round++) {
        samples_add(run(way, right), 1);
        read_parts(ticks[round]);
    }
    describe(params, detail, way, "total");
    report("pipeline", params, detail);
    for (size_t part = 0; part < PARTS; part++) {
        samples_begin_rounds();
        for (size_t round = 0; round < ROUNDS; round++)
            samples_add(ticks[round][part], 1);
        describe(params, detail, way, parts[part]);
        report_figures("pipeline", params, detail, samples_summary());
    }
}

void bench_pipeline(void)
{
    struct archive_file text;
    struct digest right;
    pipeline_find_text(&text);
    digest_of_text(&right, &text);
    pipeline.board = must(seg_create("board", BOARD_BASE, sizeof(struct board), 0), "make a board");
    must(seg_attach(HANDLE_SELF, pipeline.board, ACCESS_READ | ACCESS_WRITE), "attach the board");
    must(program_open("bench", &pipeline.program), "load the program again");
    measure("vas", &right);
    measure("copy", &right);
    measure("copy-block", &right);
    program_close(pipeline.program);
    must(seg_detach(HANDLE_SELF, pipeline.board), "leave the board");
    cap_delete(pipeline.board);
}
