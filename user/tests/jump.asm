; uint64_t jump_and_sum(jmp_buf back): registers that setjmp keeps get values, C jumps back from far
; away (jump_away in posix_library.c), and this is their sum then, with what setjmp returned.
bits 64

extern setjmp
extern jump_away
global jump_and_sum

section .text
jump_and_sum:
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    sub rsp, 8
    mov ebx, 1
    mov ebp, 10
    mov r12d, 100
    mov r13d, 1000
    mov r14d, 10000
    mov r15d, 100000
    call setjmp
    test eax, eax
    jnz .back
    call jump_away
.back:
    add rax, rbx
    add rax, rbp
    add rax, r12
    add rax, r13
    add rax, r14
    add rax, r15
    add rsp, 8
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret

section .note.GNU-stack noalloc noexec nowrite progbits
