; What C cannot say about registers: a system call with every register chosen and seen, and a loop
; that holds a pattern in the integer registers while other threads run.
%include "code.inc"

section .text

; void raw_call(struct raw_registers *): loads them, makes the call, stores what came back.
; Offsets: rax 0, rbx 8, rcx 16, rdx 24, rsi 32, rdi 40, rbp 48, r8 56 ... r15 112, rflags 120.
global raw_call
raw_call:
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    push rdi
    push qword [rdi + 120]
    mov rax, [rdi + 0]
    mov rbx, [rdi + 8]
    mov rcx, [rdi + 16]
    mov rdx, [rdi + 24]
    mov rsi, [rdi + 32]
    mov rbp, [rdi + 48]
    mov r8, [rdi + 56]
    mov r9, [rdi + 64]
    mov r10, [rdi + 72]
    mov r11, [rdi + 80]
    mov r12, [rdi + 88]
    mov r13, [rdi + 96]
    mov r14, [rdi + 104]
    mov r15, [rdi + 112]
    mov rdi, [rdi + 40]
    popfq
    syscall
    pushfq
    push rdi
    mov rdi, [rsp + 16]
    mov [rdi + 0], rax
    mov [rdi + 8], rbx
    mov [rdi + 16], rcx
    mov [rdi + 24], rdx
    mov [rdi + 32], rsi
    mov [rdi + 48], rbp
    mov [rdi + 56], r8
    mov [rdi + 64], r9
    mov [rdi + 72], r10
    mov [rdi + 80], r11
    mov [rdi + 88], r12
    mov [rdi + 96], r13
    mov [rdi + 104], r14
    mov [rdi + 112], r15
    pop qword [rdi + 40]
    pop qword [rdi + 120]
    cld
    pop rdi
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret

; void vectors_call(struct raw_registers *, const u64 before[32], u64 after[32]): raw_call, with
; those words in the SSE registers; stores what is in them after it.
global vectors_call
vectors_call:
    push rdx
    %assign i 0
    %rep 16
        movups xmm %+ i, [rsi + 16 * i]
        %assign i i + 1
    %endrep
    call raw_call
    pop rdx
    %assign i 0
    %rep 16
        movups [rdx + 16 * i], xmm %+ i
        %assign i i + 1
    %endrep
    ret

; Sets the registers to the word at RSP plus 1, 2, 3, ...
%macro hold_set 1-*
    %assign i 1
    %rep %0
        mov %1, [rsp]
        add %1, i
        %rotate 1
        %assign i i + 1
    %endrep
%endmacro

; Adds to RCX how many of the registers no longer hold that.
%macro hold_verify 1-*
    %assign i 1
    %rep %0
        sub %1, [rsp]
        sub %1, i
        neg %1
        adc rcx, 0
        %rotate 1
        %assign i i + 1
    %endrep
%endmacro

; u64 integers_hold(u64 pattern, u64 turns): holds it in every integer register but RCX and RSP
; through a busy loop. Returns the number of registers that were found changed.
global integers_hold
integers_hold:
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    push rdi
    mov rcx, rsi
    hold_set rax, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
.turn:
    dec rcx
    jnz .turn
    hold_verify rax, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    mov rax, rcx
    pop rdi
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret

; u64 gs_base_hold(u64 pattern, u64 rounds): holds it as GS base through so many yields. Returns how
; often it was found changed. Needs FSGSBASE.
global gs_base_hold
gs_base_hold:
    push rbx
    push r12
    push r13
    xor ebx, ebx
    mov r12, rdi
    mov r13, rsi
    rdgsbase rax
    push rax
    wrgsbase r12
.round:
    kernel thread_yield
    rdgsbase rax
    cmp rax, r12
    setne al
    movzx eax, al
    add rbx, rax
    dec r13
    jnz .round
    pop rax
    wrgsbase rax
    mov rax, rbx
    pop r13
    pop r12
    pop rbx
    ret
