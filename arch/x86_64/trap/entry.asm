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

%include "offsets.inc"

bits 64
default rel

extern syscall_handlers
extern sched_return
extern trap_from_user
extern trap_from_kernel
extern trap_on_own_stack
extern sched_run

section .text

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
    jne     .switch_slowly
    inc     qword [gs:COUNTER_OF_VIEW_SWITCHES]
    xor     eax, eax
    xor     edx, edx
    xor     esi, esi
    xor     r8d, r8d
    xor     r10d, r10d
    swapgs
    o64 sysret

.switch_slowly:
    mov     eax, NUMBER_VAS_SWITCH
.call:
    mov     [gs:CPU_USER_RSP], rsp
    mov     rsp, [gs:CPU_FRAME]
    mov     [rsp + FRAME_RIP], rcx
    mov     [rsp + FRAME_RFLAGS], r11
    mov     rcx, [gs:CPU_USER_RSP]
    mov     [rsp + FRAME_RSP], rcx
    mov     rsp, [gs:CPU_STACK_TOP]
    cmp     rax, SYSCALL_COUNT
    jae     .bad
    inc     qword [gs:COUNTER_OF_SYSCALLS]
    mov     rcx, r10
    call    [syscall_handlers + rax * 8]
.return:
    cmp     dword [gs:CPU_RESCHED], 0
    jne     .leave
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
    jmp     .return
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
    call    trap_from_user
    cmp     dword [gs:CPU_RESCHED], 0
    jne     .run
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
; context_resume(context): to user code with the registers of the context, which is current.
; --------------------------------------------------------------------------------------------------

global context_resume
align 16
context_resume:
    cmp     qword [rdi + FRAME_VECTOR], TRAP_SYSCALL
    jne     .trap
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
.trap:
    mov     rsp, rdi
resume_trap:
    POP_REGISTERS
    add     rsp, 16                     ; vector, error
    swapgs
    iretq
