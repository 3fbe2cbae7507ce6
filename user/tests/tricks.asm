; What a program may do, however odd: the kernel must neither be harmed nor mind. Each piece exits
; with status 0 when all went well.
%include "code.inc"

; Exits with status 1 unless the null call returns 0.
%macro try_kernel 0
    kernel null
    mov edi, 1
    test rax, rax
    jnz .failed
%endmacro

; The end of a piece: every way ends here, RDI saying how.
%macro verdict 0
    xor edi, edi
.failed:
    kernel process_exit
%endmacro

; Busy for longer than the scheduler's slice, so that interrupts hit the piece as it is; then gives
; way to others, which were interrupted too. No stack.
%macro busy 0
    kernel clock_read
    mov rbx, rax
%%again:
    mov ecx, 10000
%%turn:
    dec ecx
    jnz %%turn
    kernel clock_read
    sub rax, rbx
    cmp rax, 25000000
    jb %%again
    %rep 4
        kernel thread_yield
    %endrep
%endmacro

; Interrupts and calls while RSP is no stack at all: null, the kernel's, outside the canonical
; range.
%macro bad_stack 2
blob %1
    mov rsp, %2
    try_kernel
    busy
    mov rax, %2
    cmp rsp, rax
    mov edi, 2
    jne .failed
    verdict
endblob %1
%endmacro

bad_stack stack_null, 0
bad_stack stack_odd, 0x12345
bad_stack stack_kernel, 0xffffffff80100000
bad_stack stack_window, 0xffff800000001000
bad_stack stack_noncanonical, 0x0000800000000000

; Flags a program can set by POPF: calls and interrupts must leave the kernel sane, and the program
; gets its own back: those that arithmetic leaves alone, ID 21, AC 18, NT 14, DF 10.
STICKY_FLAGS equ 0x244400

%macro odd_flags 2
blob %1
    pushfq
    or qword [rsp], %2
    popfq
    try_kernel
    busy
    pushfq
    pop rax
    mov edi, 3
    and eax, %2 & STICKY_FLAGS
    cmp eax, %2 & STICKY_FLAGS
    jne .failed
    verdict
endblob %1
%endmacro

odd_flags flag_direction, 0x400
odd_flags flag_nested, 0x4000
odd_flags flag_alignment, 0x40000
odd_flags flag_all, 0x244cd5

; IOPL and IF cannot be changed by POPF in ring 3.
blob flag_privilege
    pushfq
    or qword [rsp], 0x3000
    and qword [rsp], ~0x200
    popfq
    pushfq
    pop rax
    and eax, 0x3200
    mov edi, 4
    cmp eax, 0x200
    jne .failed
    try_kernel
    verdict
endblob flag_privilege

; Null and ring-3 selectors in every data segment register.
%macro selectors 2
blob %1
    mov eax, %2
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    try_kernel
    busy
    verdict
endblob %1
%endmacro

selectors selectors_null, 0
selectors selectors_null_rpl_3, 3

; FS and GS bases in the kernel's half are canonical, so the program may have them; it cannot use
; them.
blob bases_odd
    mov rax, 0xffff800000000000
    wrfsbase rax
    wrgsbase rax
    try_kernel
    busy
    mov rcx, 0xffff800000000000
    mov edi, 6
    rdgsbase rax
    cmp rax, rcx
    jne .failed
    rdfsbase rax
    cmp rax, rcx
    jne .failed
    verdict
endblob bases_odd

; Far return to the selector in the task's value and a system call there, in whatever mode that is.
; Where the selector is a 32-bit code segment the same bytes are `inc ecx; syscall` or `syscall`.
blob far_return
    lea rax, [rel .there]
    push qword [rdi + TASK_value]
    push rax
    xor eax, eax
    o64 retf
.there:
    syscall
    ud2
endblob far_return
