; Gates: the call of who trusts the other side with nothing, and what lies behind a gate of
; gate_open. vasco/gate.h has the calls, abi/types.h the registers.

bits 64
default rel

extern gate_dispatch            ; gate.c: calls the function behind the gate
extern gate_has_avx
extern gate_call_number
extern gate_return_number
global gate_call_guarded
global gate_enter

%define MXCSR_DEFAULT 0x1f80
%define WORDS 4 * 8

section .rodata
default_mxcsr: dd MXCSR_DEFAULT

section .text

; The vector registers. What AVX-512 adds is not cleared: the library does not use it.
%macro CLEAR_VECTORS 0
    cmp     byte [gate_has_avx], 0
    jne     %%avx
%assign n 0
%rep 16
    pxor    xmm %+ n, xmm %+ n
%assign n n + 1
%endrep
    jmp     %%done
%%avx:
    vzeroall
%%done:
%endmacro

%macro CLEAR_KEPT 0
    xor     ebx, ebx
    xor     ebp, ebp
    xor     r12d, r12d
    xor     r13d, r13d
    xor     r14d, r14d
    xor     r15d, r15d
%endmacro

; int64_t gate_call_guarded(handle_t gate, uint64_t words[4])
align 16
gate_call_guarded:
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    push    rsi
    sub     rsp, 8
    stmxcsr [rsp]
    fnstcw  [rsp + 4]
    CLEAR_VECTORS
    fninit
    CLEAR_KEPT
    mov     rdx, [rsi + 8]
    mov     r8, [rsi + 16]
    mov     r9, [rsi + 24]
    mov     rsi, [rsi]
    mov     eax, [gate_call_number]
    syscall
    ldmxcsr [rsp]
    fninit
    fldcw   [rsp + 4]
    add     rsp, 8
    pop     rcx
    mov     [rcx], rsi
    mov     [rcx + 8], rdx
    mov     [rcx + 16], r8
    mov     [rcx + 24], r9
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    ret

; The entry of a gate of gate_open: above the stack pointer lies its struct gate_stack. The caller
; may have left the control words of SSE and x87 in any state.
align 16
gate_enter:
    ldmxcsr [default_mxcsr]
    fninit
    mov     rbx, rsp
    sub     rsp, WORDS
    mov     [rsp], rsi
    mov     [rsp + 8], rdx
    mov     [rsp + 16], r8
    mov     [rsp + 24], r9
    mov     rsi, rsp
    mov     rdx, rbx
    xor     ebp, ebp            ; ends a backtrace
    call    gate_dispatch       ; (badge, words, stack)
    mov     rsi, [rsp]
    mov     rdx, [rsp + 8]
    mov     r8, [rsp + 16]
    mov     r9, [rsp + 24]
    CLEAR_VECTORS
    CLEAR_KEPT
    mov     eax, [gate_return_number]
    syscall
    ud2                         ; it does not return

section .note.GNU-stack noalloc noexec nowrite progbits
