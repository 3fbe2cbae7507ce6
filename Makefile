# Vasco's one Makefile. `make help` lists the targets.
#
#   CROSS=x86_64-elf-    prefix of a cross toolchain (default: the system's own)
#   ACCEL=icount         for run and bench: tcg, icount (exact instruction counts) or kvm; run takes
#                        icount by default if it runs the benchmarks, otherwise tcg, as bench does
#   EXTRA=DIR            more programs: every folder DIR/NAME becomes bin/NAME (docs/tutorial.md)
#   RUN=, OPTIONS=       for run: what init starts, and more kernel options
#   MEMORY=1G            for run and bench: memory of the emulated machine
#   CPUS=1               for run and bench: how many CPUs it has
#   RESULTS=FILES        for report and baseline: results of benchmarks
#   A=FILE B=FILE        for report: two runs to be compared
#   V=1                  show the commands
#
# All that is generated goes to build/. A source file must stand in a list below; `make lint` says
# if one was forgotten.

# --- sources, floor by floor --------------------------------------------------------------------

BASE_C := kernel/base/elf.c kernel/base/format.c kernel/base/log.c kernel/base/option.c kernel/base/status.c \
    kernel/base/string.c kernel/base/ustar.c
CPU_C := arch/x86_64/cpu/apic.c arch/x86_64/cpu/clock.c arch/x86_64/cpu/console.c \
    arch/x86_64/cpu/context.c arch/x86_64/cpu/cpu.c arch/x86_64/cpu/descriptors.c \
    arch/x86_64/cpu/features.c arch/x86_64/cpu/page.c arch/x86_64/cpu/pic.c arch/x86_64/cpu/pit.c \
    arch/x86_64/cpu/hpet.c arch/x86_64/cpu/ioapic.c arch/x86_64/cpu/keyboard.c arch/x86_64/cpu/power.c arch/x86_64/cpu/serial.c arch/x86_64/cpu/tsc_sync.c
# Of the machine's floor, what draws has host tests too.
DRAW_C := arch/x86_64/cpu/keys.c arch/x86_64/cpu/pixels.c arch/x86_64/cpu/screen.c
CPU_ASM :=
MEM_C := kernel/mem/frame.c kernel/mem/pool.c kernel/mem/slab.c kernel/mem/trace_ring.c
MMU_C := arch/x86_64/mmu/ask.c arch/x86_64/mmu/kernel_lock.c arch/x86_64/mmu/pt.c \
    arch/x86_64/mmu/tlb.c arch/x86_64/mmu/view.c
CAP_C := kernel/cap/object.c kernel/cap/table.c
OBJ_C := kernel/obj/cap_tree.c kernel/obj/check.c kernel/obj/check_memory.c kernel/obj/choose.c kernel/obj/devices.c \
    kernel/obj/endpoint.c kernel/obj/fault.c kernel/obj/fault_call.c kernel/obj/fault_say.c kernel/obj/futex.c kernel/obj/gate.c \
    kernel/obj/hold.c kernel/obj/lock.c kernel/obj/message.c kernel/obj/notification.c kernel/obj/place.c kernel/obj/pool.c \
    kernel/obj/priority.c kernel/obj/process.c kernel/obj/sched.c kernel/obj/seg.c kernel/obj/seg_base.c \
    kernel/obj/seg_memory.c kernel/obj/space.c kernel/obj/space_tables.c kernel/obj/sweep.c \
    kernel/obj/thread.c kernel/obj/thread_table.c kernel/obj/timer.c kernel/obj/trace.c kernel/obj/types.c kernel/obj/user_mem.c kernel/obj/vas.c \
    kernel/obj/view.c kernel/obj/watch.c kernel/obj/work.c
SYS_C := kernel/sys/cap.c kernel/sys/endpoint.c kernel/sys/first.c kernel/sys/futex.c kernel/sys/gate.c kernel/sys/link.c kernel/sys/machine.c \
    kernel/sys/notification.c kernel/sys/pool.c kernel/sys/process.c kernel/sys/seg.c kernel/sys/table.c kernel/sys/thread.c kernel/sys/trace.c kernel/sys/trace_say.c \
    kernel/sys/vas.c
# Of the glue, the parsers have host tests too.
PARSER_C := arch/x86_64/boot/acpi.c arch/x86_64/boot/acpi_fadt.c arch/x86_64/boot/acpi_hpet.c arch/x86_64/boot/acpi_madt.c arch/x86_64/boot/multiboot.c \
    arch/x86_64/boot/ranges.c arch/x86_64/boot/memory_sort.c arch/x86_64/boot/screen_mode.c
GLUE_C := arch/x86_64/boot/boot.c arch/x86_64/boot/kernel_map.c arch/x86_64/boot/memory.c \
    arch/x86_64/boot/screen.c arch/x86_64/boot/start.c arch/x86_64/trap/mishap.c arch/x86_64/trap/panic.c arch/x86_64/trap/symbols.c arch/x86_64/trap/trap.c kernel/crash.c \
    kernel/main.c
GLUE_ASM := arch/x86_64/boot/boot.asm arch/x86_64/boot/start.asm arch/x86_64/trap/entry.asm

LIBC_C := libc/archive.c libc/console.c libc/fault.c libc/files.c libc/gate.c libc/heap.c \
    libc/kv/client.c libc/kv/endpoint.c libc/kv/gate.c libc/kv/store.c libc/kv/switch.c libc/kv/table.c \
    libc/locks.c libc/missing.c libc/must.c libc/name.c libc/posix.c \
    libc/process.c libc/program.c libc/pthread_attr.c libc/pthread_barrier.c libc/pthread_cond.c \
    libc/pthread_key.c libc/pthread_mutex.c libc/pthread_once.c libc/pthread_rwlock.c libc/pthread_shared.c \
    libc/pthread_thread.c libc/pthread_wait.c libc/registry.c libc/seg.c libc/segheap.c libc/segheap_state.c libc/semaphore.c libc/spawn.c libc/start.c libc/startup.c libc/startup_option.c libc/status.c \
    libc/syscalls.c libc/thread.c libc/time.c libc/tls.c libc/vas_objects.c libc/vas_views.c
LIBC_ASM := libc/fault.asm libc/gate.asm libc/jump.asm libc/message.asm
CRT0 := libc/crt0.asm

# Programs: each is a folder of C and NASM files, user/NAME/; an example's name is example-NAME and
# its folder user/examples/NAME/.
EXAMPLES := gate hello lock pager revoke share snapshot switch
PROGRAMS := init shell registry console kv tour trace bench rfc nothing maps textpager zeropager tests chaos stress \
    $(EXAMPLES:%=example-%)
# What single programs need beside the C library: headers of the distribution.
textpager_CFLAGS := -isystem /usr/include/stb

# The TLB simulation (tests/tlb): a model, and the plugin for QEMU that feeds it.
TLB_MODEL_C := tests/tlb/core.c tests/tlb/guest.c
TLB_C := $(TLB_MODEL_C) tests/tlb/plugin.c

# Host tests: each tests/host/NAME.c is a cmocka program; the rest of the folder is shared by all.
HOST_TESTS := base keys line screen acpi_fadt frame futex object_memory ustar elf multiboot acpi boot_memory pt tags tlb handles \
    derivation seg space unlink lock lock_crowd lock_ends lock_turns view space_random user_mem paged fault_call \
    sched notification endpoint endpoint_priority gate process fault endings no_memory syscalls first trace fuzz \
    tlb_core tlb_guest
HOST_SUPPORT_C := tests/host/cpu_walk.c tests/host/fake_cpu.c tests/host/machine.c \
    tests/host/meet.c tests/host/messages.c \
    tests/host/picture.c tests/host/poison.c tests/host/room.c tests/host/space_model.c \
    tests/host/tlb_model.c tests/host/world.c $(TLB_MODEL_C)

# The oracle (tests/oracle): the kernel on model CPUs. What is instrumented can stop anywhere.
ORACLE_KERNEL_C := $(MMU_C) $(CAP_C) $(OBJ_C) $(SYS_C) arch/x86_64/trap/trap.c
ORACLE_PLAIN_C := $(BASE_C) $(MEM_C)
ORACLE_SUPPORT_C := tests/host/messages.c tests/oracle/arguments.c tests/oracle/choose.c tests/oracle/entry.c \
    tests/oracle/hooks.c tests/oracle/hostile.c \
    tests/oracle/machine.c tests/oracle/memory.c tests/oracle/run.c tests/oracle/stores.c \
    tests/oracle/tlb.c tests/oracle/truth.c tests/oracle/users.c tests/oracle/world.c
ORACLE_MAIN_C := tests/oracle/main.c tests/oracle/fuzz.c
ORACLE_ALL_C := $(ORACLE_KERNEL_C) $(ORACLE_PLAIN_C) $(ORACLE_SUPPORT_C) $(ORACLE_MAIN_C)

# Texts for the archive, from the build machine. `licences` is all of them, one behind the other.
TEXT_DIR := /usr/share/common-licenses
TEXTS := GPL-1 GPL-2 GPL-3 LGPL-2 LGPL-2.1 LGPL-3 GFDL-1.2 GFDL-1.3 MPL-1.1 MPL-2.0 \
    Apache-2.0 Artistic

# A text of more than a million bytes for the key-value store: `fortunes`, sayings behind each other.
FORTUNE_DIR := /usr/share/games/fortunes
FORTUNES := computers cookie definitions literature science songs-poems art education food

# The font of a PC's text mode, from the build machine's VGA BIOS.
FONT_ROM := /usr/share/vgabios/vgabios.bin

# --- tools and flags ----------------------------------------------------------------------------

# `make report A=old.jsonl B=new.jsonl` names two files: then B is not the folder.
ifneq ($(A),)
OLD := $(A)
NEW := $(B)
override B := build
else
B := build
endif
CROSS ?=
CC := $(CROSS)gcc
LD := $(CROSS)ld
AR := $(CROSS)ar
NM := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
NASM := nasm
HOST_CC := gcc
MEMORY ?= 1G
CPUS ?= 1
RUN ?= shell
comma := ,
# Whether `make run` runs the benchmarks: they count instructions.
RUN_BENCH := $(filter bench bench/%,$(subst $(comma), ,$(RUN)))
RUN_ACCEL := $(or $(ACCEL),$(if $(RUN_BENCH),icount,tcg))
NEWLIB ?= $(B)/newlib

ifneq ($(V),1)
Q := @
say = @printf '  %-8s%s\n' '$(1)' '$(2)';
endif

REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=.
# What some distributions switch on by default has no place in a kernel, nor in our programs yet.
PLAIN := -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none -U_FORTIFY_SOURCE -fno-common
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wcast-qual \
    -Werror
KERNEL_WARN := $(WARN) -Wconversion -Wswitch-enum -Wframe-larger-than=1024
KERNEL_INCLUDE := -Ikernel -Iarch/x86_64/include -Iarch/x86_64 -I$(B)/gen -I.

# The per-CPU record is read at GS:0: gcc must not take address 0 for a pointer to nothing
# (-fno-delete-null-pointer-checks), or it drops every store through that record.
KERNEL_CFLAGS := -std=gnu17 -O2 -g -ffreestanding -mcmodel=kernel -mno-red-zone \
    -mgeneral-regs-only -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
    -fno-tree-loop-distribute-patterns -fno-delete-null-pointer-checks $(PLAIN) \
    $(REPRODUCIBLE) $(KERNEL_WARN) $(KERNEL_INCLUDE)
KERNEL_NASM := -f elf64 -Werror -I$(B)/gen/ -Iarch/x86_64/
KERNEL_LDFLAGS := -static -nostdlib -z noexecstack -z max-page-size=0x1000 --build-id=none \
    --fatal-warnings

USER_INCLUDE := -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
    -isystem $(NEWLIB)/x86_64-elf/include -Ilibc/include -Ikernel
# Per-thread state of the C library comes from __getreent(): see libc/newlib.sh.
USER_CFLAGS := -std=gnu17 -O2 -g $(PLAIN) $(REPRODUCIBLE) -D__DYNAMIC_REENT__ $(USER_INCLUDE)
USER_NASM := -f elf64 -Werror -I$(B)/gen/
# libc/user.ld begins each PT_LOAD in a 2 MiB granule of its own, since a segment's rights are those
# of its link; in the file the pages lie close together.
USER_LDFLAGS := -static -nostdlib -no-pie -Wl,-z,noexecstack -Wl,-z,max-page-size=0x1000 \
    -Wl,--build-id=none -Wl,--fatal-warnings

# On the host, the headers of tests/host/include stand in for those of the machine.
HOST_CFLAGS := -std=gnu17 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer -fvisibility=hidden $(WARN) -Itests/host/include -Itests/host $(KERNEL_INCLUDE)
# tests/host/poison.c stands between the allocators and those who call them.
HOST_LDFLAGS := -fsanitize=address,undefined \
    -Wl,--wrap=frame_alloc,--wrap=frame_free,--wrap=slab_alloc,--wrap=slab_free -lcmocka

# The oracle's own headers come before those of the host tests. The sanitizer's calls go to
# tests/oracle/hooks.c; the sanitizer itself is not linked.
ORACLE_CFLAGS := -std=gnu17 -O1 -g -mgeneral-regs-only -fno-omit-frame-pointer -fvisibility=hidden \
    -DTLB_TAGS=4 $(PLAIN) $(WARN) -Itests/oracle/include \
    -Itests/host/include -Itests/oracle $(KERNEL_INCLUDE)
ORACLE_HOOKED := -fsanitize=thread --param tsan-instrument-func-entry-exit=0 -Wno-tsan
ORACLE_GCC := $(HOST_CC) -fno-tree-loop-distribute-patterns
ORACLE_CLANG := clang -fsanitize=fuzzer-no-link -fno-builtin
ORACLE_CLANG_HOOKED := -fsanitize=thread -mllvm -tsan-instrument-func-entry-exit=0
# The C library's own are quicker, and the fuzzer's has some too.
ORACLE_RENAMED := $(foreach f,memcpy memmove memset memcmp strlen strcmp strncmp,-D$(f)=kernel_$(f))
ORACLE_LDFLAGS := -no-pie -Wl,--wrap=frame_free,--wrap=slab_alloc,--wrap=slab_free

# A part of QEMU's process, and quick; of the host tests it has the place of the guest's memory.
TLB_CFLAGS := -std=gnu17 -O2 -g -fPIC -fvisibility=hidden $(WARN) -Itests/host/include $(KERNEL_INCLUDE)

# --- targets ------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all iso run tour bench trace tlb report baseline debug test test-host test-guest test-bochs test-uefi soak oracle fuzz-oracle \
    lint format docs reference man abi-golden \
    clean distclean help host-tests FORCE

ISO := $(B)/vasco.iso
BOOT := tests/boot/boot
REFERENCE := tools/reference/reference

all: iso
iso: $(ISO)

run: $(ISO)
	$(if $(word 2,$(RUN)),$(error RUN=$(RUN): programs are separated by commas))
	$(Q)$(BOOT) --interactive --accel $(RUN_ACCEL) --memory $(MEMORY) --cpus $(CPUS) --timeout 0 --run "$(RUN)" \
	    --options "$(strip $(OPTIONS) $(if $(RUN_BENCH),$(if $(filter icount,$(RUN_ACCEL)),unit=insn seed=1)))" $(ISO)

tour:
	$(Q)$(MAKE) --no-print-directory run RUN=tour,bench/bench=micro/cold=no

bench: $(ISO)
	$(Q)tests/bench/bench --accel $(or $(ACCEL),tcg) $(if $(SEED),--seed $(SEED)) \
	    $(if $(filter command line,$(origin MEMORY)),--memory $(MEMORY)) \
	    $(if $(filter command line,$(origin CPUS)),--cpus $(CPUS)) --options "$(OPTIONS)" \
	    --output $(B)/bench/results.jsonl $(ISO)
	$(if $(filter icount,$(ACCEL)),$(Q)$(MAKE) --no-print-directory tlb)
	$(Q)tests/bench/report --output $(B)/bench

# Of RESULTS, or of those of the last run; or OLD and NEW beside each other, which A and B name too.
report:
	$(Q)tests/bench/report --output $(B)/bench $(if $(OLD),--compare $(OLD) $(NEW),$(RESULTS))

# Of RESULTS, or of a run now.
baseline: $(if $(RESULTS),,$(ISO))
	$(if $(RESULTS),,$(Q)tests/bench/bench --accel icount --output $(B)/bench/results.jsonl $(ISO))
	$(Q)tests/bench/baseline renew $(or $(RESULTS),$(B)/bench/results.jsonl)

tlb: $(ISO) $(B)/tlb/plugin.so
	$(Q)tests/bench/tlb --output $(B)/bench/tlb.jsonl $(ISO)

trace: $(ISO)
	$(Q)tests/trace/run --accel $(RUN_ACCEL) --memory $(MEMORY) --cpus $(CPUS) \
	    --run "trace/$(RUN:shell=tour)" --options "$(OPTIONS)" $(B)/trace.json $(ISO)

debug: $(ISO)
	$(Q)tests/boot/debug --options "$(OPTIONS)" $(B)/kernel.elf $(ISO)

host-tests: $(HOST_TESTS:%=$(B)/host/%)

test: $(ISO) host-tests
	$(Q)tests/run
test-host: host-tests
	$(Q)tests/run host
test-guest test-bochs test-uefi: test-%: $(ISO)
	$(Q)tests/run $*
soak: $(ISO)
	$(Q)SEED=$(SEED) tests/run soak
# TIME: seconds; SEED: the first seed.
TIME ?= 3600
oracle: $(B)/oracle/seeds
	$(Q)$< --seed $(or $(SEED),$(shell date +%s)) --operations 0 --seconds $(TIME)
fuzz-oracle: $(B)/oracle/fuzz
	$(Q)mkdir -p $(B)/oracle/corpus
	$(Q)$< -max_total_time=$(TIME) $(if $(SEED),-seed=$(SEED)) -max_len=4096 -rss_limit_mb=0 -artifact_prefix=$(B)/oracle/ \
	    $(B)/oracle/corpus
lint: $(B)/kernel.elf
	$(Q)tests/lint/run

format:
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

docs:
	$(Q)$(REFERENCE) syscalls > docs/syscalls.md
	$(Q)$(REFERENCE) library > docs/library.md

reference:
	$(Q)rm -rf $(B)/reference
	$(Q)$(REFERENCE) pages $(B)/reference
	@echo 'the pages begin at $(B)/reference/README.md'

man:
	$(Q)rm -rf $(B)/man
	$(Q)$(REFERENCE) man $(B)/man
	@echo 'to read one: man -M $(B)/man vas_switch'

abi-golden:
	$(Q)tests/lint/abi > tests/lint/abi.golden

clean:
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name newlib -exec rm -rf {} + 2>/dev/null || true
	@echo "cleaned; $(B)/newlib is kept (make distclean removes it)"
distclean:
	$(Q)rm -rf $(B)

help:
	@echo 'make              the bootable image, $(ISO)'
	@echo 'make run          boot it: the shell (RUN=tour, bench or tests: only those)'
	@echo 'make tour         the tour, then the main benchmarks'
	@echo 'make run EXTRA=my RUN=hello     with programs of your own: ./new-program hello makes one'
	@echo 'make bench        measure (ACCEL=tcg, icount or kvm); writes $(B)/bench/results.jsonl'
	@echo 'make trace        what all CPUs did during RUN=tour, for ui.perfetto.dev: $(B)/trace.json'
	@echo 'make tlb          simulate a TLB with tags and without; writes $(B)/bench/tlb.jsonl'
	@echo 'make report       $(B)/bench/report.html of the results (A=old.jsonl B=new.jsonl: two runs compared)'
	@echo 'make baseline     accept the exact counts as they are now (RESULTS=FILES: of these)'
	@echo 'make test         every ring of tests; some: test-host, test-guest, test-uefi, test-bochs'
	@echo 'make soak         ten million random system calls; SEED=N repeats a run'
	@echo 'make oracle       the TLB oracle for an hour, or TIME seconds; SEED=N is the first seed'
	@echo 'make fuzz-oracle  the same by libFuzzer'
	@echo 'make lint         what can be told without running'
	@echo 'make debug        boot under gdb, stopped at kernel_main; with commands for the objects'
	@echo 'make format       lay out the C files as .clang-format says'
	@echo 'make docs         renew docs/syscalls.md and docs/library.md from tables and headers'
	@echo 'make reference    a page for each system call and library call, in $(B)/reference'
	@echo 'make man          the same for man -M $(B)/man'
	@echo 'make abi-golden   accept a change of the system-call interface'
	@echo 'make clean        remove what was built, but for newlib; distclean: all of it'

# A variable's value, for the tools in tests/.
print-%:
	@echo '$($*)'

# --- flags: a change of them rebuilds -----------------------------------------------------------

# $(call remember,NAME,TEXT): build/flags/NAME is newer than what was built with another TEXT. Where
# the tree lies is not remembered: REPRODUCIBLE makes it the same for what is built.
define remember
$(B)/flags/$(1): FORCE
	@mkdir -p $$(@D)
	@echo '$(2)' | cmp -s - $$@ || echo '$(2)' > $$@
endef
$(eval $(call remember,kernel,$(CC) $(filter-out $(REPRODUCIBLE),$(KERNEL_CFLAGS)) \
    $(NASM) $(KERNEL_NASM) $(LD) $(KERNEL_LDFLAGS)))
$(eval $(call remember,user,$(CC) $(filter-out $(REPRODUCIBLE),$(USER_CFLAGS)) $(NASM) $(USER_NASM) $(USER_LDFLAGS)))
$(eval $(call remember,host,$(HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS)))
$(eval $(call remember,oracle,$(ORACLE_GCC) $(ORACLE_CFLAGS) $(ORACLE_HOOKED) $(ORACLE_CLANG) \
    $(ORACLE_CLANG_HOOKED) $(ORACLE_RENAMED) $(ORACLE_LDFLAGS)))
$(eval $(call remember,tlb,$(HOST_CC) $(TLB_CFLAGS)))
$(eval $(call remember,date,$(shell git log -1 --format=%ct 2>/dev/null) $(SOURCE_DATE_EPOCH)))
$(eval $(call remember,lists,$(BASE_C) $(CPU_C) $(DRAW_C) $(CPU_ASM) $(MEM_C) $(MMU_C) $(CAP_C) $(OBJ_C) \
    $(SYS_C) $(PARSER_C) $(GLUE_C) $(GLUE_ASM) $(LIBC_C) $(LIBC_ASM) $(HOST_SUPPORT_C) \
    $(ORACLE_SUPPORT_C) $(TLB_C)))

# --- the kernel ---------------------------------------------------------------------------------

KERNEL_C := $(BASE_C) $(CPU_C) $(DRAW_C) $(MEM_C) $(MMU_C) $(CAP_C) $(OBJ_C) $(SYS_C) $(PARSER_C) $(GLUE_C)
KERNEL_ASM := $(CPU_ASM) $(GLUE_ASM)
FONT := $(B)/gen/font.c
KERNEL_OBJECTS := $(KERNEL_C:%=$(B)/obj/%.o) $(KERNEL_ASM:%=$(B)/obj/%.o) $(B)/obj/kernel/font.c.o

# Objects of the kernel lie under build/obj/kernel and build/obj/arch; see below for the others.
$(B)/obj/kernel/%.c.o: kernel/%.c $(B)/flags/kernel
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/arch/%.c.o: arch/%.c $(B)/flags/kernel
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -MMD -MP -c $< -o $@

$(FONT): arch/x86_64/cpu/font.py $(FONT_ROM)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< $(FONT_ROM) > $@

$(B)/obj/kernel/font.c.o: $(FONT) $(B)/flags/kernel
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -MMD -MP -c $< -o $@

# NASM's own lists of dependencies leave out what a file includes, so that is named in its rules.
$(B)/obj/arch/%.asm.o: arch/%.asm $(B)/gen/offsets.inc $(B)/flags/kernel
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)$(NASM) $(KERNEL_NASM) $< -o $@

# NASM learns the layout of C structures: offsets.c leaves marks of the form `->NAME VALUE` in its
# assembly.
$(B)/gen/offsets.inc: arch/x86_64/offsets.c $(B)/flags/kernel
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -MMD -MP -MT $@ -MF $(@:.inc=.d) -S $< -o $(@:.inc=.s)
	$(Q)sed -n 's/^.*\.ascii "->\([A-Za-z0-9_]*\) \$$\{0,1\}\(-\{0,1\}[0-9]*\)"$$/%define \1 \2/p' \
	    $(@:.inc=.s) > $@
	$(Q)test -s $@

$(B)/kernel.ld: linker.ld $(B)/flags/kernel
	$(call say,GEN,$@)
	$(Q)$(CC) -E -P -x assembler-with-cpp -D__LINKER__ -undef $(KERNEL_INCLUDE) \
	    -MMD -MP -MT $@ -MF $@.d $< -o $@

# Function names for backtraces. The kernel is linked with an empty table to learn where its
# functions lie, then with the real one, which moves none of them: it is the last thing in the read-only
# data, behind the text. The third step proves that.
link = $(LD) $(KERNEL_LDFLAGS) -T $(B)/kernel.ld $(KERNEL_OBJECTS) $(1) -o $(2)
symbols = $(NM) -n $(1) | awk -f arch/x86_64/boot/symbols.awk > $(2)

$(B)/kernel.elf: $(KERNEL_OBJECTS) $(B)/kernel.ld $(B)/flags/lists arch/x86_64/boot/symbols.awk
	$(call say,LD,$@)
	@mkdir -p $(B)/gen
	$(Q)awk -f arch/x86_64/boot/symbols.awk /dev/null > $(B)/gen/none.asm
	$(Q)$(NASM) -f elf64 $(B)/gen/none.asm -o $(B)/gen/none.o
	$(Q)$(call link,$(B)/gen/none.o,$(B)/gen/kernel.elf)
	$(Q)$(call symbols,$(B)/gen/kernel.elf,$(B)/gen/symbols.asm)
	$(Q)$(NASM) -f elf64 $(B)/gen/symbols.asm -o $(B)/gen/symbols.o
	$(Q)$(call link,$(B)/gen/symbols.o,$@)
	$(Q)$(call symbols,$@,$(B)/gen/check.asm)
	$(Q)cmp $(B)/gen/symbols.asm $(B)/gen/check.asm

$(B)/vasco.elf: $(B)/kernel.elf
	$(Q)$(OBJCOPY) --strip-all $< $@

# --- programs -----------------------------------------------------------------------------------

NEWLIB_LIBS := $(NEWLIB)/x86_64-elf/lib/libc.a $(NEWLIB)/x86_64-elf/lib/libm.a
NEWLIB_STAMP := $(NEWLIB)/stamp
LIBVASCO := $(B)/libvasco.a
CRT0_OBJECT := $(CRT0:%=$(B)/obj/%.o)
LIBC_OBJECTS := $(LIBC_C:%=$(B)/obj/%.o) $(LIBC_ASM:%=$(B)/obj/%.o)

# The script itself knows whether there is something to do.
$(NEWLIB_STAMP): libc/newlib.sh $(B)/flags/user
	$(Q)CROSS=$(CROSS) libc/newlib.sh $(NEWLIB)

$(B)/obj/libc/%.c.o: libc/%.c $(B)/flags/user | $(NEWLIB_STAMP)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(WARN) -MMD -MP -c $< -o $@

$(B)/obj/libc/%.asm.o: libc/%.asm $(B)/flags/user
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)$(NASM) $(USER_NASM) -Ilibc/ $< -o $@

$(LIBVASCO): $(LIBC_OBJECTS) $(B)/flags/lists
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcD $@ $(LIBC_OBJECTS)

# $(call files,FOLDER): its files and those of folders in it, but for FOLDER/files, which is for the
# archive.
files = $(sort $(filter-out $(1)/files/%,$(shell find -L $(1) -name '.?*' -prune -o -type f -print)))

# $(call program,NAME,FOLDER,WARNINGS): bin/NAME from the C and NASM files of FOLDER. A program of the same name
# from another folder, or with other files, is built anew. The list of what a source includes does not
# name the source itself (-MT), so that one that has gone is missed by nobody.
define program
$(1)_FILES := $$(call files,$(2))
$(1)_SOURCES := $$(filter %.c %.asm,$$($(1)_FILES))
$(1)_OBJECTS := $$($(1)_SOURCES:$(2)/%=$(B)/obj/program/$(1)/%.o)
$$(eval $$(call remember,program-$(1),$(patsubst $(CURDIR)/%,%,$(abspath $(2))) $$($(1)_SOURCES) $$($(1)_CFLAGS)))

$(B)/obj/program/$(1)/%.c.o: $(2)/%.c $(B)/flags/user $(B)/flags/program-$(1) | $(NEWLIB_STAMP)
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(USER_CFLAGS) $$($(1)_CFLAGS) $(3) -I$(2) -MMD -MP -c $$< -o $$@
	$$(Q)sed -i 's|^\([^ ]*:\) $$<|\1|' $$(@:.o=.d)

$(B)/obj/program/$(1)/%.asm.o: $(2)/%.asm $$(filter %.inc,$$($(1)_FILES)) $(B)/flags/user \
    $(B)/flags/program-$(1)
	$$(call say,NASM,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(NASM) $$(USER_NASM) -I$(2)/ $$< -o $$@

$(B)/user/$(1).elf: $(B)/flags/program-$(1) $$($(1)_OBJECTS) $$(CRT0_OBJECT) $$(LIBVASCO) libc/user.ld $$(NEWLIB_STAMP)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(USER_LDFLAGS) -T libc/user.ld $$(CRT0_OBJECT) $$($(1)_OBJECTS) \
	    -Wl,--start-group $$(LIBVASCO) $$(NEWLIB_LIBS) -lgcc -Wl,--end-group -o $$@

PROGRAM_OBJECTS += $$($(1)_OBJECTS)
endef

EXTRA_DIR := $(patsubst %/,%,$(EXTRA))
EXTRA_PROGRAMS := $(if $(EXTRA),$(shell user/extra '$(EXTRA)' $(PROGRAMS)))
$(if $(EXTRA),$(if $(filter error: ,$(firstword $(EXTRA_PROGRAMS) error:)),\
    $(error EXTRA=$(EXTRA): $(filter-out error:,$(EXTRA_PROGRAMS)))))
$(foreach name,$(PROGRAMS),\
    $(eval $(call program,$(name),user/$(patsubst example-%,examples/%,$(name)),$(WARN))))
$(foreach name,$(EXTRA_PROGRAMS),$(eval $(call program,$(name),$(EXTRA_DIR)/$(name),-Wall -Wextra)))

# --- the archive and the image ------------------------------------------------------------------

ALL_PROGRAMS := $(PROGRAMS) $(EXTRA_PROGRAMS)
TEXT_FILES := $(wildcard $(TEXTS:%=$(TEXT_DIR)/%))
FORTUNE_FILES := $(wildcard $(FORTUNES:%=$(FORTUNE_DIR)/%))
PACK := user/textpager/pack
# What an extra program NAME has in files/ is in the archive at files/NAME/.
EXTRA_FILE_DIRS := $(wildcard $(EXTRA_PROGRAMS:%=$(EXTRA_DIR)/%/files))
EXTRA_FILES := $(if $(EXTRA_FILE_DIRS),$(sort $(shell find -L $(EXTRA_FILE_DIRS) -type f)))
$(eval $(call remember,archive,$(PROGRAMS) $(EXTRA) $(TEXTS) $(FORTUNES) $(EXTRA_FILES)))

$(B)/archive.tar: $(ALL_PROGRAMS:%=$(B)/user/%.elf) $(TEXT_FILES) $(FORTUNE_FILES) $(PACK) $(B)/flags/archive \
    $(EXTRA_FILES)
	$(call say,TAR,$@)
	$(Q)rm -rf $(B)/root && mkdir -p $(B)/root/bin $(B)/root/files $(B)/root/text $(B)/root/packed
	$(Q)$(foreach dir,$(EXTRA_FILE_DIRS),\
	    cp -RL $(dir) $(B)/root/files/$(notdir $(patsubst %/files,%,$(dir))) &&) true
	$(Q)$(foreach name,$(ALL_PROGRAMS), \
	    $(OBJCOPY) --strip-all $(B)/user/$(name).elf $(B)/root/bin/$(name) &&) true
	$(Q)cp -L $(TEXT_FILES) $(B)/root/text/
	$(Q)cat $(TEXT_FILES) > $(B)/root/text/licences
	$(Q)cat /dev/null $(FORTUNE_FILES) > $(B)/root/text/fortunes
	$(Q)$(PACK) $(B)/root/text/licences $(B)/root/packed/licences
	$(Q)tar -C $(B)/root --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
	    --mode=u=rwX,go=rX -cf $@ bin files packed text

$(ISO): $(B)/vasco.elf $(B)/archive.tar iso/mkiso iso/grub.cfg iso/early.cfg $(B)/flags/date
	$(call say,ISO,$@)
	$(Q)iso/mkiso $(B)/vasco.elf $(B)/archive.tar $@

# --- host tests ---------------------------------------------------------------------------------

# Every floor but the machine's own (2) and the glue (8), as a library for the test programs.
HOST_KERNEL_C := user/shell/line.c user/shell/words.c $(BASE_C) $(DRAW_C) $(MEM_C) $(MMU_C) $(CAP_C) $(OBJ_C) $(SYS_C) $(PARSER_C)
HOST_OBJECTS := $(HOST_KERNEL_C:%=$(B)/host/obj/%.o) $(HOST_SUPPORT_C:%=$(B)/host/obj/%.o) \
    $(B)/host/obj/font.c.o

$(B)/host/obj/%.c.o: %.c $(B)/flags/host
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(B)/host/obj/font.c.o: $(FONT) $(B)/flags/host
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(B)/host/libkernel.a: $(HOST_OBJECTS) $(B)/flags/lists
	$(Q)rm -f $@ && ar rcD $@ $(HOST_OBJECTS)

$(HOST_TESTS:%=$(B)/host/%): $(B)/host/%: $(B)/host/obj/tests/host/%.c.o $(B)/host/libkernel.a
	$(call say,HOSTLD,$@)
	$(Q)$(HOST_CC) $< $(B)/host/libkernel.a $(HOST_LDFLAGS) -o $@

# --- the oracle -----------------------------------------------------------------------------------

# Built twice: with gcc for seeds, and with clang for libFuzzer. All variables of the kernel's own go
# to one section, so that each machine can begin with fresh ones.
ORACLE_ONE_SECTION := $(OBJCOPY) --rename-section .data=kernel_data \
    --rename-section .bss=kernel_data,alloc,load,data,contents

$(B)/oracle/switch.c: arch/x86_64/trap/entry.asm arch/x86_64/offsets.c tests/oracle/translate
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tests/oracle/translate arch/x86_64/trap/entry.asm arch/x86_64/offsets.c > $@

# $(call oracle,NAME,COMPILER,FLAGS OF WHAT IS HOOKED,MAIN FILE,LINKER)
define oracle
$(B)/oracle/$(1)-obj/switch.c.o: $(B)/oracle/switch.c $(B)/flags/oracle
	@mkdir -p $$(@D)
	$$(Q)$(2) $(ORACLE_CFLAGS) $(3) -MMD -MP -c $$< -o $$@

$(ORACLE_KERNEL_C:%=$(B)/oracle/$(1)-obj/%.o): ORACLE_MORE := $(3)
$(B)/oracle/$(1)-obj/kernel/base/string.c.o: ORACLE_MORE := $(ORACLE_RENAMED)
$(B)/oracle/$(1)-obj/%.c.o: %.c $(B)/flags/oracle
	$$(call say,HOSTCC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(ORACLE_CFLAGS) $$(ORACLE_MORE) -MMD -MP -c $$< -o $$@
	$$(Q)$$(if $$(filter tests/%,$$<),true,$(ORACLE_ONE_SECTION) $$@)

$(B)/oracle/$(1): $(B)/oracle/$(1)-obj/switch.c.o \
    $(patsubst %,$(B)/oracle/$(1)-obj/%.o,$(ORACLE_KERNEL_C) $(ORACLE_PLAIN_C) $(ORACLE_SUPPORT_C) $(4))
	$$(call say,HOSTLD,$$@)
	$$(Q)$(5) $$^ $(ORACLE_LDFLAGS) -o $$@
endef
$(eval $(call oracle,seeds,$(ORACLE_GCC),$(ORACLE_HOOKED),tests/oracle/main.c,$(HOST_CC)))
$(eval $(call oracle,fuzz,$(ORACLE_CLANG),$(ORACLE_CLANG_HOOKED),tests/oracle/fuzz.c,clang -fsanitize=fuzzer))

# --- the TLB simulation -------------------------------------------------------------------------

$(B)/tlb/%.c.o: %.c $(B)/flags/tlb
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(TLB_CFLAGS) -MMD -MP -c $< -o $@

$(B)/tlb/plugin.so: $(TLB_C:%=$(B)/tlb/%.o) $(B)/flags/lists
	$(call say,HOSTLD,$@)
	$(Q)$(HOST_CC) -shared $(filter %.o,$^) -o $@

# --- what depends on which header ---------------------------------------------------------------

-include $(KERNEL_OBJECTS:.o=.d) $(LIBC_OBJECTS:.o=.d) $(CRT0_OBJECT:.o=.d) \
    $(PROGRAM_OBJECTS:.o=.d) $(HOST_OBJECTS:.o=.d) $(HOST_TESTS:%=$(B)/host/obj/tests/host/%.c.d) \
    $(B)/gen/offsets.d $(B)/kernel.ld.d \
    $(TLB_C:%=$(B)/tlb/%.d) \
    $(patsubst %,$(B)/oracle/seeds-obj/%.d,$(ORACLE_ALL_C)) \
    $(patsubst %,$(B)/oracle/fuzz-obj/%.d,$(ORACLE_ALL_C))
