; The first instructions of every program. RDI has the address of its struct startup.
;
; Below the startup block on the first stack comes the thread's block of thread-local variables,
; whose size libc/user.ld knows, and below that the stack itself:
;
;     startup block | __tls_bytes | frames ...
;
bits 64
default rel

extern __tls_bytes
extern libc_start
global _start

section .text
_start:
    xor ebp, ebp                ; the outermost frame
    and rsp, -64
    sub rsp, __tls_bytes
    mov rsi, rsp
    call libc_start
    ud2                         ; it does not return

section .note.GNU-stack noalloc noexec nowrite progbits
