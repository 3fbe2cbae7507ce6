; setjmp and longjmp. newlib's own for x86-64 let longjmp(buffer, 0) look like the first return of
; setjmp; C has it return 1.
;
; A jmp_buf: RBX, RBP, R12 to R15, RSP behind the return, and where that goes.
bits 64

global setjmp
global longjmp

section .text
setjmp:
    mov [rdi], rbx
    mov [rdi + 8], rbp
    mov [rdi + 16], r12
    mov [rdi + 24], r13
    mov [rdi + 32], r14
    mov [rdi + 40], r15
    lea rax, [rsp + 8]
    mov [rdi + 48], rax
    mov rax, [rsp]
    mov [rdi + 56], rax
    xor eax, eax
    ret

longjmp:
    mov eax, esi
    cmp eax, 1                  ; carry: it is 0
    adc eax, 0
    mov rbx, [rdi]
    mov rbp, [rdi + 8]
    mov r12, [rdi + 16]
    mov r13, [rdi + 24]
    mov r14, [rdi + 32]
    mov r15, [rdi + 40]
    mov rsp, [rdi + 48]
    jmp [rdi + 56]

section .note.GNU-stack noalloc noexec nowrite progbits
