; Where the kernel enters a thread that faulted (thread_set_handler): RDI has the address of its
; struct fault_report, at the top of the handler's stack. Keeps the vector registers of the code
; that faulted, calls the program's handler, and goes back to the registers of the report.

%define VECTORS_BYTES 3072      ; the kernel keeps no more of them
%define XSAVE_HEADER 512        ; must be zero before XSAVE (SDM 1 13.7), 64 bytes

bits 64
default rel

extern fault_dispatch           ; fault.c: calls the handler, then thread_resume
extern fault_has_xsave
global fault_enter
global fault_vectors_restore

section .text

fault_enter:
    mov     rbx, rdi
    sub     rsp, VECTORS_BYTES
    and     rsp, -64
    mov     rbp, rsp
    cmp     byte [fault_has_xsave], 0
    je      .fxsave
    lea     rdi, [rsp + XSAVE_HEADER]
    mov     ecx, 8
    xor     eax, eax
    rep     stosq
    mov     eax, -1
    mov     edx, -1
    xsave64 [rsp]
    jmp     .call
.fxsave:
    fxsave64 [rsp]
.call:
    cld
    mov     rdi, rbx
    mov     rsi, rbp
    xor     ebp, ebp            ; ends a backtrace
    call    fault_dispatch
    ud2                         ; it does not return

; fault_vectors_restore(vectors)
fault_vectors_restore:
    cmp     byte [fault_has_xsave], 0
    je      .fxrstor
    mov     eax, -1
    mov     edx, -1
    xrstor64 [rdi]
    ret
.fxrstor:
    fxrstor64 [rdi]
    ret

section .note.GNU-stack noalloc noexec nowrite progbits
