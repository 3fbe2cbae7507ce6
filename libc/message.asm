; System calls with messages: between a struct message and the registers that it travels in
; (abi/types.h says which). vasco/endpoint.h has the calls.

bits 64
default rel

; struct message; vasco/endpoint.h asserts these offsets
%define MESSAGE_BADGE 8
%define MESSAGE_WORDS 80
%define FLAG_BUFFER (1 << 48)
%define FLAG_DEADLINE (2 << 48)

global message_exchange
global message_answer

section .text

%macro KEEP_REGISTERS 0
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
%endmacro

%macro RESTORE_REGISTERS 0
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
%endmacro

; Word %1 of the message at RCX into register %2, if there is one.
%macro LOAD_WORD 2
    cmp     esi, %1
    cmova   %2, [rcx + MESSAGE_WORDS + 8 * %1]
%endmacro

; The message at RDX, its tag with the flag of a buffer in RSI. Leaves RAX, RDI, RBX and RBP alone.
; The kernel passes the first four registers on as they are, so what lies behind a shorter message
; must not get into them: it may be what somebody else has sent.
%macro LOAD_MESSAGE 0
    mov     rsi, [rdx]
    shl     rsi, 16
    shr     rsi, 16
    mov     rcx, FLAG_BUFFER
    or      rsi, rcx
    mov     rcx, rdx
    xor     edx, edx
    xor     r10d, r10d
    xor     r8d, r8d
    xor     r9d, r9d
    LOAD_WORD 0, rdx
    LOAD_WORD 1, r10
    LOAD_WORD 2, r8
    LOAD_WORD 3, r9
    mov     r12, [rcx + MESSAGE_WORDS + 32]
    mov     r13, [rcx + MESSAGE_WORDS + 40]
    mov     r14, [rcx + MESSAGE_WORDS + 48]
    mov     r15, [rcx + MESSAGE_WORDS + 56]
%endmacro

; Word %1 of the message that came back, in register %2, if there is one.
%macro STORE_WORD 2
    cmp     esi, %1
    jbe     .done
    mov     [rcx + MESSAGE_WORDS + 8 * %1], %2
%endmacro

; int64_t message_exchange(number, endpoint, struct message *message, uint64_t deadline,
;                          uintptr_t buffer)
; A call that returns a message in the place of the one that it sends.
align 16
message_exchange:
    KEEP_REGISTERS
    push    rdx
    mov     eax, edi
    mov     rdi, rsi
    mov     rbx, rcx
    mov     rbp, r8
    LOAD_MESSAGE
    cmp     rbx, -1
    je      .forever
    mov     rcx, FLAG_DEADLINE
    or      rsi, rcx
.forever:
    syscall
    test    rax, rax
    jnz     .done
    mov     rcx, [rsp]
    mov     [rcx], rsi
    mov     [rcx + MESSAGE_BADGE], rdi
    STORE_WORD 0, rdx
    STORE_WORD 1, r10
    STORE_WORD 2, r8
    STORE_WORD 3, r9
    STORE_WORD 4, r12
    STORE_WORD 5, r13
    STORE_WORD 6, r14
    STORE_WORD 7, r15
.done:
    add     rsp, 8
    RESTORE_REGISTERS
    ret

; int64_t message_answer(number, const struct message *message, uintptr_t buffer)
; A call that returns no message.
align 16
message_answer:
    KEEP_REGISTERS
    mov     eax, edi
    mov     rbp, rdx
    mov     rdx, rsi
    xor     edi, edi
    LOAD_MESSAGE
    syscall
    RESTORE_REGISTERS
    ret

section .note.GNU-stack noalloc noexec nowrite progbits
