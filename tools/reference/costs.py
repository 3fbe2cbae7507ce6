"""What calls cost, where it is measured: instructions, user and kernel together, one CPU.

Read from tests/bench/baseline.json, else from the last `make bench ACCEL=icount`.
"""

import json
import os
import re

import tables

BASELINE = "tests/bench/baseline.json"
RESULTS = "build/bench/results.jsonl"
MACHINE = "qemu-tcg-icount"

# Calls by the benchmark that measures them, and what it measures if it is more than the call.
MEASURED = {
    "null_syscall": ("null", ""),
    "vas_switch": ("vas_switch", "one way"),
    "thread_switch": ("thread_yield", "one way, between threads of one process"),
    "process_switch": ("thread_yield", "one way, between processes"),
    "ipc_roundtrip": ("endpoint_call endpoint_receive endpoint_reply_receive endpoint_call_short "
                      "endpoint_receive_short endpoint_reply_receive_short",
                      "endpoint_call_short to endpoint_reply_receive_short and back, two processes"),
    "gate_roundtrip": ("gate_call gate_call_open gate_return gate_return_open",
                       "call and return, two processes"),
    "seg_attach_detach": ("seg_attach seg_detach", "both together"),
    "page_narrow_widen": ("seg_set_access", "twice, of a page"),
    "page_in": ("seg_supply", "a touch that a pager answers"),
    "vas_create_destroy": ("vas_create", "created, linked, destroyed"),
    "vas_clone": ("vas_clone", ""),
    "vas_attach_detach": ("vas_attach vas_detach", "both together"),
    "seg_create_destroy": ("seg_create", "created, destroyed, dropped"),
    "process_create_destroy": ("process_create", "created, destroyed, dropped"),
    "thread_create_destroy": ("thread_create", "created, destroyed, dropped"),
    "pool_create_destroy": ("pool_create", "created, destroyed, dropped"),
    "endpoint_create_destroy": ("endpoint_create", "created, destroyed, dropped"),
    "notification_create_destroy": ("notification_create", "created, destroyed, dropped"),
    "notification_signal": ("notification_signal", "nobody waits"),
    "notification_wake": ("notification_wait notification_signal", "from the signal to who waits"),
    "cap_derive": ("cap_derive", ""),
    "cap_delete": ("cap_delete", ""),
    "cap_revoke": ("cap_revoke", ""),
    "mutex_lock_unlock": ("pthread_mutex_lock pthread_mutex_unlock", "both together, free"),
    "futex_wake": ("futex_wake futex_wait", "a wake and a wait, one way"),
    "cond_handoff": ("pthread_cond_signal pthread_cond_wait", "a signal and a wait, one way"),
    "thread_create_join": ("thread_start thread_join", "both together"),
    "pthread_create_join": ("pthread_create pthread_join", "both together"),
    "heap_operation": ("segheap_alloc segheap_free", "one of the two, 1 to 1,024 bytes"),
    "process_spawn_exit": ("program_spawn", "until its end"),
}


def from_baseline():
    """Rows of (benchmark, parameters as words, median) from the baseline."""
    for name, median in json.loads(tables.read(BASELINE)).items():
        machine, cpus, bench, *params = name.split(" ")
        if machine == MACHINE and cpus == "cpus=1" and "cold" not in params:
            yield bench, params, median


def from_results():
    """The same from the last run."""
    for line in tables.read(RESULTS).splitlines():
        row = json.loads(line)
        if row.get("machine") == MACHINE and row.get("cpus") == 1 and not row.get("cold") and "bench" in row:
            yield row["bench"], [f"{k}={v}" for k, v in sorted(row["params"].items())], row["median"]


def rows():
    """What there is."""
    for path, read in ((BASELINE, from_baseline), (RESULTS, from_results)):
        if os.path.exists(os.path.join(tables.ROOT, path)):
            return sorted(read(), key=order)
    return []


def order(row):
    """Benchmarks by name, numbers in their parameters by value."""
    parts = re.split(r"(\d+)", " ".join([row[0], *row[1]]))
    return [int(part) if part.isdigit() else part for part in parts]


def parameter(text):
    """A parameter of a benchmark as words: "bytes=4096" is "4,096 bytes"."""
    name, value = text.split("=")
    if value == "True":
        return name
    return f"{int(value):,} {name}" if value.isdigit() else f"{name} {value}"


def stale(names):
    """What of the list above there is no more: benchmarks, or calls that are none of `names`."""
    benchmarks = re.findall(r"^BENCHMARK\((\w+)", tables.read("user/bench/benchmarks.def"), re.M)
    calls = {call for made, _ in MEASURED.values() for call in made.split()}
    return sorted((set(MEASURED) - set(benchmarks)) | (calls - set(names)))


def costs():
    """For each call its rows of (what was measured, instructions)."""
    found = {}
    for bench, params, median in rows():
        calls, words = MEASURED.get(bench, ("", ""))
        what = ", ".join([*([words] if words else []), *map(parameter, params)])
        for call in calls.split():
            found.setdefault(call, []).append((f"{bench}: {what}" if what else bench, f"{round(median):,}"))
    return found
