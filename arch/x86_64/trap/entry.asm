; The ways into the kernel and back: system calls, traps, and the switch of address spaces.
;
; A thread has no kernel stack. Its registers are saved straight into the frame at the start of its
; record (struct trap_frame, drawn in arch/trap_frame.h), and C runs on the CPU's one stack, empty
; at each entry:
;
;   system call from user code   saves RIP, RFLAGS and RSP by hand; what a C function keeps is saved
;                                only if another thread is to run; the rest need not survive
;   trap from user code          the CPU pushes into the frame (TSS.RSP0 is its end), we push the
;                                rest
;   trap from the kernel         on the kernel stack: interrupts while idle, and bugs
;   NMI, #DF, #MC, #DB           on stacks of their own; GS is not to be trusted there
;
; Interrupts are off all the way (SFMASK, interrupt gates). GS: swapped on each crossing.
;
; The kernel lock (arch/kernel_lock.h) is taken before a call is begun, and given back just before
; the registers of user code are loaded. Calls that concern nobody but the thread do without.

%include "offsets.inc"

bits 64
default rel

extern syscall_handlers
extern sched_return
extern trap_from_user
extern trap_from_kernel
extern trap_on_own_stack
extern sched_run
extern sched_end_turn
extern kernel_lock_word
extern kernel_lock_wait
extern kernel_lock_end
extern trace_call
extern trace_return

section .text

; Where user code goes on, into the frame of its thread. RCX is free then, and RSP the kernel stack.
%macro SAVE_USER 0
    mov     [gs:CPU_USER_RSP], rsp
    mov     rsp, [gs:CPU_FRAME]
    mov     [rsp + FRAME_RIP], rcx
    mov     [rsp + FRAME_RFLAGS], r11
    mov     rcx, [gs:CPU_USER_RSP]
    mov     [rsp + FRAME_RSP], rcx
    mov     rsp, [gs:CPU_STACK_TOP]
%endmacro

; To %2, unless this CPU's record of the tag of the view at %1 is of the view's present generation.
; Needs RCX and RSP.
%macro CHECK_TAG 2
    mov     rcx, [%1 + MMU_HOME_GENERATION]
    mov     rsp, [%1 + MMU_VAS_GENERATION]
    mov     rcx, [rcx]
    add     rcx, [rsp]
    mov     esp, [%1 + MMU_TAG_OFFSET]
    cmp     [gs:rsp + CPU_TAGS + TAG_GENERATION], rcx
    jne     %2
    mov     rcx, [%1 + MMU_ID]
    cmp     [gs:rsp + CPU_TAGS + TAG_ID], rcx
    jne     %2
%endmacro

; A ticket, and if it is not served yet, to %1 with it in ECX. Needs ECX.
%macro LOCK_KERNEL 1
    mov     ecx, 1
    lock xadd [kernel_lock_word + LOCK_NEXT], ecx
    cmp     ecx, [kernel_lock_word + LOCK_SERVING]
    jne     %1
%endmacro

; Only who holds the lock writes there, and stores are seen in their order (SDM 3A 8.2.2).
%macro UNLOCK_KERNEL 0
    inc     dword [kernel_lock_word + LOCK_SERVING]
%endmacro

; --------------------------------------------------------------------------------------------------
; System calls (SYSCALL: SDM 2B). RCX = user RIP, R11 = user RFLAGS, RSP = the user's.
; --------------------------------------------------------------------------------------------------

global syscall_entry
align 64
syscall_entry:
    swapgs
    cmp     rax, NUMBER_VAS_SWITCH
    jne     .call

; The switch: from one view of the process to another. No stack, no saved register, no lock.
; It follows the handle to the view, makes sure that this CPU's record of the view's tag is of the
; view's present generation, publishes the view, loads CR3, and looks at the generation once more
; (docs/design.md, "TLB"). Whatever is not the common case goes the ordinary way, sys_vas_switch:
; views with lockable segments too, whose capabilities have a further bit among their rights, and
; threads that stand in one, for which CPU_SWITCH_CAPS is an empty table (obj/hold.h).
.switch:
    mov     r9, [gs:CPU_SWITCH_CAPS]
    mov     edx, edi
    shr     edx, HANDLE_PAGE_SHIFT
    cmp     edx, [r9 + CAP_TABLE_NPAGES]
    jae     .call
    mov     r8, [r9 + CAP_TABLE_PAGES]
    mov     r8, [r8 + rdx * 8]
    mov     edx, edi
    and     edx, HANDLE_SLOT_MASK
    add     r8, rdx                     ; the slot
    cmp     [r8 + CAP_HANDLE], rdi
    jne     .call
    cmp     dword [r8 + CAP_TYPE], VIEW_CAP_TYPE_AND_RIGHTS
    jne     .call
    mov     rdx, [r8 + CAP_OBJECT]      ; the view
    mov     rsi, [rdx + VIEW_HOME_GENERATION]
    mov     r8, [rdx + VIEW_VAS_GENERATION]
    mov     r9, [rsi]
    add     r9, [r8]                    ; its generation
    mov     r10d, [rdx + VIEW_TAG_OFFSET]
    mov     rax, [rdx + VIEW_ID]
    cmp     [gs:r10 + CPU_TAGS + TAG_ID], rax
    jne     .switch_slowly
    cmp     [gs:r10 + CPU_TAGS + TAG_GENERATION], r9
    jne     .switch_slowly
    lea     r10, [rdx + VIEW_MMU]
    mov     [gs:CPU_VIEW], r10          ; publish
    mov     rax, [rdx + VIEW_CR3_KEEP]
    mov     cr3, rax                    ; serialises: the store above is seen before the loads below
    sub     r9, [rsi]
    sub     r9, [r8]                    ; zero, unless a translation was removed meanwhile
    jne     .switch_too_late
    inc     qword [gs:COUNTER_OF_VIEW_SWITCHES]
    xor     eax, eax
    xor     edx, edx
    xor     esi, esi
    xor     r8d, r8d
    xor     r10d, r10d
    swapgs
    o64 sysret

; The view is loaded, with entries under its tag that nobody has dropped: whoever removed them did
; not find this CPU here. They go at once, before this CPU answers anybody: its answer to a later
; removal renews the record, tables that it could walk may be freed then, and the thread may go on
; here without having made its call (.not_now).
.switch_too_late:
    mov     rax, [rdx + VIEW_CR3_FLUSH]
    mov     cr3, rax
.switch_slowly:
    mov     eax, NUMBER_VAS_SWITCH

; The gates come behind the ordinary calls.
.call:
    cmp     rax, NUMBER_GATE_CALL
    jae     .special
    cmp     rax, NUMBER_CLOCK_READ
    jbe     .alone
.ordinary:
    SAVE_USER
.lock:
    LOCK_KERNEL .wait
.locked:
    cmp     qword [gs:CPU_ATTENTION], 0
    jne     .not_yet
.begin:
    inc     qword [gs:COUNTER_OF_SYSCALLS]
    mov     rcx, r10
    call    [syscall_handlers + rax * 8]
.return:
    cmp     qword [gs:CPU_ATTENTION], 0
    jne     .not_back_yet
.unlock:
    UNLOCK_KERNEL
.return_alone:
    mov     rdx, [gs:CPU_FRAME]
    mov     rcx, [rdx + FRAME_RIP]
    mov     r11, [rdx + FRAME_RFLAGS]
    mov     rsp, [rdx + FRAME_RSP]
    xor     edx, edx
    xor     esi, esi
    xor     edi, edi
    xor     r8d, r8d
    xor     r9d, r9d
    xor     r10d, r10d
    swapgs
    o64 sysret
.bad:
    mov     rax, STATUS_OF_BAD_CALL
    jmp     .return_alone

.special:
    je      .gate_call
    cmp     rax, NUMBER_GATE_RETURN
    je      .gate_return
    cmp     rax, SYSCALL_COUNT
    jb      .ordinary
    SAVE_USER
    jmp     .bad

; The first four calls. The null call and the clock touch nothing that is shared, and neither does a
; yield to nobody (.yield).
.alone:
    SAVE_USER
    cmp     rax, NUMBER_THREAD_YIELD
    je      .yield
    cmp     rax, NUMBER_VAS_SWITCH
    je      .lock
    inc     qword [gs:COUNTER_OF_SYSCALLS]
    call    [syscall_handlers + rax * 8]
    jmp     .return_alone
.yield_wait:
    mov     edi, ecx
    call    kernel_lock_wait
    jmp     .yield_locked

; The lock is taken: what the call brings is kept on the stack meanwhile.
.wait:
    push    rax
    push    rdi
    push    rsi
    push    rdx
    push    r8
    push    r9
    push    r10
    push    rcx                         ; keeps the stack aligned
    mov     edi, ecx
    call    kernel_lock_wait
    pop     rcx
    pop     r10
    pop     r9
    pop     r8
    pop     rdx
    pop     rsi
    pop     rdi
    pop     rax
    jmp     .locked

; The CPU is watched, or something else comes first.
.not_yet:
    mov     r11, rax
    mov     rcx, rdx
    rdtsc
    shl     rdx, 32
    or      rax, rdx
    mov     [gs:CPU_LOCK_TAKEN], rax
    mov     rax, r11
    mov     rdx, rcx
    cmp     dword [gs:CPU_RESCHED], 0
    jne     .not_now
    test    dword [gs:CPU_WATCHED], WATCH_TRACE
    jz      .begin

; The CPU is traced: the call is recorded, and trace_call says by which handler it goes on.
.traced:
    push    rax                         ; keeps the stack aligned
    push    rax
    push    r9
    push    r8
    push    r10
    push    rdx
    push    rsi
    push    rdi
    mov     rdi, rax
    mov     rsi, rsp
    call    trace_call
    mov     r11, rax
    pop     rdi
    pop     rsi
    pop     rdx
    pop     r10
    pop     r8
    pop     r9
    pop     rax
    pop     rax
    inc     qword [gs:COUNTER_OF_SYSCALLS]
    mov     rcx, r10
    call    r11
    jmp     .return
.not_back_yet:
    cmp     dword [gs:CPU_RESCHED], 0
    jne     .leave
    push    rax
    push    rax                         ; keeps the stack aligned
    test    dword [gs:CPU_WATCHED], WATCH_TRACE
    jz      .not_traced
    mov     rdi, [gs:0]
    mov     rsi, rax
    call    trace_return
.not_traced:
    mov     rdi, [gs:0]
    call    kernel_lock_end
    pop     rax
    pop     rax
    jmp     .unlock

; Something else comes first: another CPU wants this one to choose, or has ended the thread or its
; view. It is as if that had happened before the call: the thread will make it again.
.not_now:
    mov     rcx, [gs:CPU_FRAME]
    sub     qword [rcx + FRAME_RIP], SYSCALL_BYTES
    mov     [rcx + FRAME_RAX], rax
    mov     [rcx + FRAME_RDI], rdi
    mov     [rcx + FRAME_RSI], rsi
    mov     [rcx + FRAME_RDX], rdx
    mov     [rcx + FRAME_R10], r10
    mov     [rcx + FRAME_R8], r8
    mov     [rcx + FRAME_R9], r9
    mov     [rcx + FRAME_RBX], rbx
    mov     [rcx + FRAME_RBP], rbp
    mov     [rcx + FRAME_R12], r12
    mov     [rcx + FRAME_R13], r13
    mov     [rcx + FRAME_R14], r14
    mov     [rcx + FRAME_R15], r15
    mov     qword [rcx + FRAME_VECTOR], TRAP_REPEAT
    xor     ebp, ebp                    ; ends a backtrace
    call    sched_run                   ; does not return
    ud2

; If nobody waits for its turn a yield is over.
.yield:
    inc     qword [gs:COUNTER_OF_SYSCALLS]
    mov     rcx, [gs:CPU_THREAD]
    mov     rdx, [gs:CPU_RUNQUEUE]
    mov     ecx, [rcx + THREAD_PRIORITY]
    mov     edx, [rdx + RUNQUEUE_READY]
    xor     eax, eax
    shr     edx, cl
    jz      .return_alone
    LOCK_KERNEL .yield_wait
.yield_locked:
    call    sched_end_turn
    xor     eax, eax
.leave:
    mov     rdx, [gs:CPU_FRAME]
    mov     [rdx + FRAME_RBX], rbx
    mov     [rdx + FRAME_RBP], rbp
    mov     [rdx + FRAME_R12], r12
    mov     [rdx + FRAME_R13], r13
    mov     [rdx + FRAME_R14], r14
    mov     [rdx + FRAME_R15], r15
    mov     qword [rdx + FRAME_VECTOR], TRAP_SYSCALL
    mov     rdi, rax
    xor     ebp, ebp                    ; ends a backtrace
    call    sched_return                ; does not return
    ud2

; --------------------------------------------------------------------------------------------------
; Gates (obj/gate.h): a call, and the return from it. Under the kernel lock, so that the frames are
; nobody else's and generations stand still; whatever is not the common case goes the ordinary way,
; to sys_gate_call and sys_gate_return. What a gate's caller passes on lies in RSI, RDX, R8 and R9,
; and in what a C function keeps; RAX, R10 and R11 are free, and RCX and RSP once they are saved.
; While RSP is used so, nothing but an NMI, a debug trap or a machine check can come, each of which
; has a stack of its own.
; --------------------------------------------------------------------------------------------------

.gate_call:
    mov     eax, 1
    lock xadd [kernel_lock_word + LOCK_NEXT], eax
    cmp     eax, [kernel_lock_word + LOCK_SERVING]
    jne     .gate_call_wait
    cmp     qword [gs:CPU_ATTENTION], 0
    jne     .gate_call_slowly
    mov     r10, [gs:CPU_SWITCH_CAPS]
    mov     eax, edi
    shr     eax, HANDLE_PAGE_SHIFT
    cmp     eax, [r10 + CAP_TABLE_NPAGES]
    jae     .gate_call_slowly
    mov     r10, [r10 + CAP_TABLE_PAGES]
    mov     r10, [r10 + rax * 8]
    mov     eax, edi
    and     eax, HANDLE_SLOT_MASK
    add     r10, rax                    ; the slot
    cmp     [r10 + CAP_HANDLE], rdi
    jne     .gate_call_slowly
    cmp     byte [r10 + CAP_QUICK], GATE_CAP_QUICK
    jne     .gate_call_slowly
    mov     r11, [r10 + CAP_OBJECT]     ; the gate
    mov     rax, [r11 + GATE_FREE]      ; the frame
    test    rax, rax
    jz      .gate_call_slowly
    mov     [rax + GATE_FRAME_RIP], rcx
    mov     [rax + GATE_FRAME_RSP], rsp
    mov     [rax + GATE_FRAME_VIA], r10
    mov     rdi, [r10 + CAP_BADGE]
    mov     r10, [r11 + GATE_MMU]       ; the view
    CHECK_TAG r10, .gate_call_undo
    mov     rsp, [gs:CPU_THREAD]
    dec     dword [rsp + THREAD_GATES_LEFT]
    js      .gate_call_too_deep
    mov     rcx, [rax + GATE_FRAME_NEXT]
    mov     [r11 + GATE_FREE], rcx
    mov     rcx, [rsp + THREAD_GATE]
    mov     [rax + GATE_FRAME_BELOW], rcx
    mov     [rsp + THREAD_GATE], rax
    mov     [rax + GATE_FRAME_THREAD], rsp
    mov     rcx, [gs:CPU_VIEW]
    mov     [rax + GATE_FRAME_MMU], rcx
    inc     dword [rcx + MMU_PINS]
    mov     [gs:CPU_VIEW], r10          ; publish
    mov     rcx, [r10 + MMU_CR3_KEEP]
    mov     cr3, rcx
    mov     rcx, [r11 + GATE_CAPS]
    mov     [gs:CPU_CAPS], rcx
    mov     [gs:CPU_SWITCH_CAPS], rcx
    rdfsbase rcx
    mov     [rax + GATE_FRAME_FS_BASE], rcx
    inc     qword [gs:COUNTER_OF_GATE_CALLS]
    mov     rsp, [rax + GATE_FRAME_TOP]
    mov     rcx, [r11 + GATE_ENTRY]
    mov     rax, [rax + GATE_FRAME_TLS]
    wrfsbase rax
    xor     r10d, r10d
    mov     r11d, RFLAGS_USER_START
    UNLOCK_KERNEL
    swapgs
    o64 sysret

.gate_call_too_deep:
    inc     dword [rsp + THREAD_GATES_LEFT]
.gate_call_undo:
    mov     rcx, [rax + GATE_FRAME_RIP]
    mov     rsp, [rax + GATE_FRAME_RSP]
    mov     rdi, [rax + GATE_FRAME_VIA]
    mov     rdi, [rdi + CAP_HANDLE]
.gate_call_slowly:
    mov     r11d, RFLAGS_USER_START
    SAVE_USER
    mov     eax, NUMBER_GATE_CALL
    jmp     .locked
.gate_call_wait:
    SAVE_USER
    mov     ecx, eax
    mov     eax, NUMBER_GATE_CALL
    jmp     .wait

.gate_return:
    mov     eax, 1
    lock xadd [kernel_lock_word + LOCK_NEXT], eax
    cmp     eax, [kernel_lock_word + LOCK_SERVING]
    jne     .gate_return_wait
    cmp     qword [gs:CPU_ATTENTION], 0
    jne     .gate_return_slowly
    mov     r10, [gs:CPU_THREAD]
    mov     rax, [r10 + THREAD_GATE]
    test    rax, rax
    jz      .gate_return_slowly
    mov     r11, [rax + GATE_FRAME_MMU]
    CHECK_TAG r11, .gate_return_slowly  ; where the thread returned from is of no interest
    mov     [gs:CPU_VIEW], r11          ; publish
    dec     dword [r11 + MMU_PINS]
    mov     rcx, [r11 + MMU_CR3_KEEP]
    mov     cr3, rcx
    mov     rcx, [r11 + MMU_PROCESS]    ; and its table, which comes first
    mov     [gs:CPU_CAPS], rcx
    mov     [gs:CPU_SWITCH_CAPS], rcx
    mov     rcx, [rax + GATE_FRAME_BELOW]
    mov     [r10 + THREAD_GATE], rcx
    inc     dword [r10 + THREAD_GATES_LEFT]
    mov     r10, [rax + GATE_FRAME_FS_BASE]
    wrfsbase r10                        ; R10 and RDI have nothing now that is not the caller's
    mov     qword [rax + GATE_FRAME_THREAD], 0
    mov     r11, [rax + GATE_FRAME_LIST]
    mov     rcx, [r11]
    mov     [rax + GATE_FRAME_NEXT], rcx
    mov     [r11], rax
    mov     rcx, [rax + GATE_FRAME_RIP]
    mov     rsp, [rax + GATE_FRAME_RSP]
    xor     eax, eax
    mov     r11d, RFLAGS_USER_START
    UNLOCK_KERNEL
    swapgs
    o64 sysret

.gate_return_slowly:
    mov     r11d, RFLAGS_USER_START     ; RCX and RSP may be anything by now: they are not needed
    SAVE_USER
    mov     eax, NUMBER_GATE_RETURN
    jmp     .locked
.gate_return_wait:
    SAVE_USER
    mov     ecx, eax
    mov     eax, NUMBER_GATE_RETURN
    jmp     .wait

; --------------------------------------------------------------------------------------------------
; The entry of a CPU that is traced (obj/trace.h): every call goes the ordinary way, with the lock,
; where CPU_ATTENTION is looked at. It is not 0 then, so that gates go that way too.
; --------------------------------------------------------------------------------------------------

global syscall_entry_traced
align 16
syscall_entry_traced:
    swapgs
    cmp     rax, NUMBER_GATE_CALL
    jae     syscall_entry.special
    jmp     syscall_entry.ordinary

; --------------------------------------------------------------------------------------------------
; System calls with messages (abi/types.h, struct message): all their parameters go into the frame,
; from which the message is taken. What the C function returns is returned as by any other call; it
; does not return if it has changed the frame.
; --------------------------------------------------------------------------------------------------

%macro MESSAGE_CALL 2
extern %2
global %1
align 16
%1:
    mov     rax, [gs:CPU_FRAME]
    mov     [rax + FRAME_RDI], rdi
    mov     [rax + FRAME_RSI], rsi
    mov     [rax + FRAME_RDX], rdx
    mov     [rax + FRAME_R10], rcx
    mov     [rax + FRAME_R8], r8
    mov     [rax + FRAME_R9], r9
    mov     [rax + FRAME_RBX], rbx
    mov     [rax + FRAME_RBP], rbp
    mov     [rax + FRAME_R12], r12
    mov     [rax + FRAME_R13], r13
    mov     [rax + FRAME_R14], r14
    mov     [rax + FRAME_R15], r15
    mov     qword [rax + FRAME_VECTOR], TRAP_SYSCALL
    jmp     %2
%endmacro

    MESSAGE_CALL sys_endpoint_call, message_call
    MESSAGE_CALL sys_endpoint_call_slowly, message_call_slowly
    MESSAGE_CALL sys_endpoint_receive, message_receive
    MESSAGE_CALL sys_endpoint_reply, message_reply
    MESSAGE_CALL sys_endpoint_reply_receive, message_reply_receive
    MESSAGE_CALL sys_endpoint_reply_receive_slowly, message_reply_receive_slowly
    MESSAGE_CALL sys_notification_wait, message_notification_wait
    MESSAGE_CALL sys_gate_call, enter_gate
    MESSAGE_CALL sys_gate_return, leave_gate

; --------------------------------------------------------------------------------------------------
; Traps. One stub for each vector, 16 bytes apart: descriptors.c computes their addresses.
; --------------------------------------------------------------------------------------------------

%macro PUSH_REGISTERS 0
    push    rdi
    push    rsi
    push    rdx
    push    rcx
    push    rax
    push    r8
    push    r9
    push    r10
    push    r11
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
%endmacro

%macro POP_REGISTERS 0
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rax
    pop     rcx
    pop     rdx
    pop     rsi
    pop     rdi
%endmacro

; Vectors for which the CPU pushes an error code (SDM 3A table 6-1), and those with own stacks.
%define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || \
    (v) == 29 || (v) == 30)
%define HAS_STACK(v) ((v) == 2 || (v) == 8 || (v) == 18)
%define VECTOR_DEBUG 1

global trap_stubs
align 16
trap_stubs:
%assign vector 0
%rep 256
align 16
%if !HAS_ERROR(vector)
    push    0
%endif
    push    vector
%if HAS_STACK(vector)
    jmp     trap_own_stack
%elif vector == VECTOR_DEBUG
    jmp     trap_debug
%else
    jmp     trap_entry
%endif
%assign vector vector + 1
%endrep

align 16
trap_entry:
    test    byte [rsp + FRAME_CS - FRAME_VECTOR], 3
    jz      trap_kernel
    swapgs
trap_user:
    PUSH_REGISTERS
    mov     rdi, rsp
    mov     rsp, [gs:CPU_STACK_TOP]
    cld
    xor     ebp, ebp                    ; ends a backtrace
    call    trap_from_user              ; true: it holds the lock, and the thread is to be chosen
    test    al, al
    jnz     .run
    mov     rsp, [gs:CPU_FRAME]
    jmp     resume_trap
.run:
    call    sched_run                   ; does not return
    ud2

trap_kernel:
    PUSH_REGISTERS
    mov     rdi, rsp
    cld
    call    trap_from_kernel
    POP_REGISTERS
    add     rsp, 16
    iretq

; From user code a debug trap is like any other: its frame moves to where the others are pushed.
trap_debug:
    test    byte [rsp + FRAME_CS - FRAME_VECTOR], 3
    jz      trap_own_stack
    swapgs
    mov     [gs:CPU_USER_RSP], rax
    mov     rax, [gs:CPU_FRAME]
    pop     qword [rax + FRAME_VECTOR]
    pop     qword [rax + FRAME_ERROR]
    pop     qword [rax + FRAME_RIP]
    pop     qword [rax + FRAME_CS]
    pop     qword [rax + FRAME_RFLAGS]
    pop     qword [rax + FRAME_RSP]
    pop     qword [rax + FRAME_SS]
    lea     rsp, [rax + FRAME_VECTOR]
    mov     rax, [gs:CPU_USER_RSP]
    jmp     trap_user

; The word above the frame, at the top of the stack, is the address of the CPU's record.
trap_own_stack:
    PUSH_REGISTERS
    mov     ecx, MSR_OF_GS_BASE
    rdmsr
    mov     ebx, eax
    mov     r12d, edx
    mov     rax, [rsp + FRAME_BYTES]
    mov     rdx, rax
    shr     rdx, 32
    wrmsr
    mov     rdi, rsp
    cld
    call    trap_on_own_stack
    mov     ecx, MSR_OF_GS_BASE
    mov     eax, ebx
    mov     edx, r12d
    wrmsr
    POP_REGISTERS
    add     rsp, 16
    iretq

; --------------------------------------------------------------------------------------------------
; context_resume(context): to user code with the registers of the context, which is current. Gives
; the kernel lock back.
; --------------------------------------------------------------------------------------------------

global context_resume
align 16
context_resume:
    UNLOCK_KERNEL
    cmp     qword [rdi + FRAME_VECTOR], TRAP_SYSCALL
    jne     .other
    mov     rcx, [rdi + FRAME_RIP]
    mov     r11, [rdi + FRAME_RFLAGS]
    mov     rbx, [rdi + FRAME_RBX]
    mov     rbp, [rdi + FRAME_RBP]
    mov     r12, [rdi + FRAME_R12]
    mov     r13, [rdi + FRAME_R13]
    mov     r14, [rdi + FRAME_R14]
    mov     r15, [rdi + FRAME_R15]
    mov     rsp, [rdi + FRAME_RSP]
    mov     rax, [rdi + FRAME_RAX]
    xor     edx, edx
    xor     esi, esi
    xor     edi, edi
    xor     r8d, r8d
    xor     r9d, r9d
    xor     r10d, r10d
    swapgs
    o64 sysret
.other:
    cmp     qword [rdi + FRAME_VECTOR], TRAP_MESSAGE
    jne     .trap
    mov     rax, [rdi + FRAME_RAX]
.message:
    mov     rcx, [rdi + FRAME_RIP]
    mov     r11, [rdi + FRAME_RFLAGS]
    mov     rbx, [rdi + FRAME_RBX]
    mov     rbp, [rdi + FRAME_RBP]
    mov     r12, [rdi + FRAME_R12]
    mov     r13, [rdi + FRAME_R13]
    mov     r14, [rdi + FRAME_R14]
    mov     r15, [rdi + FRAME_R15]
    mov     rsp, [rdi + FRAME_RSP]
    mov     rsi, [rdi + FRAME_RSI]
    mov     rdx, [rdi + FRAME_RDX]
    mov     r10, [rdi + FRAME_R10]
    mov     r8, [rdi + FRAME_R8]
    mov     r9, [rdi + FRAME_R9]
    mov     rdi, [rdi + FRAME_RDI]
    swapgs
    o64 sysret
.trap:
    mov     rsp, rdi
resume_trap:
    POP_REGISTERS
    add     rsp, 16                     ; vector, error
    swapgs
    iretq

; context_resume_message(context): the same for a frame with a message.
global context_resume_message
align 16
context_resume_message:
    UNLOCK_KERNEL
    xor     eax, eax
    jmp     context_resume.message
