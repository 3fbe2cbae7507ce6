; Loops that hold patterns in x87 and vector registers while other threads run.
%include "code.inc"

; Fills XMM0-15 with a pattern made of RDI.
%macro xmm_fill 0
    %assign i 0
    %rep 16
        lea rax, [rdi + i * 0x1111]
        movq xmm%+i, rax
        pshufd xmm%+i, xmm%+i, 0x44
        %assign i i + 1
    %endrep
%endmacro

; Adds to RBX how many of XMM0-15 no longer hold it. Both halves are compared; RAX, RDX are used.
%macro xmm_verify 0
    %assign i 0
    %rep 16
        movq rax, xmm%+i
        lea rdx, [rdi + i * 0x1111]
        cmp rax, rdx
        setne al
        movzx eax, al
        add rbx, rax
        pshufd xmm%+i, xmm%+i, 0x4e
        movq rax, xmm%+i
        cmp rax, rdx
        setne al
        movzx eax, al
        add rbx, rax
        %assign i i + 1
    %endrep
%endmacro

; x87 control word and MXCSR with a rounding mode from bits 0-1 of RDI, all exceptions masked.
%macro control_make 0
    mov eax, edi
    and eax, 3
    mov edx, eax
    shl eax, 13
    or eax, 0x1f80
    mov [rsp], eax
    shl edx, 10
    or edx, 0x037f
    mov [rsp + 4], edx
%endmacro

; The number of XMM registers that are not zero at a thread's start.
blob vectors_zero
    xor edi, edi
    %assign i 0
    %rep 16
        movq rax, xmm%+i
        pshufd xmm%+i, xmm%+i, 0x4e
        movq rdx, xmm%+i
        or rax, rdx
        setnz al
        movzx eax, al
        add edi, eax
        %assign i i + 1
    %endrep
    kernel process_exit
endblob vectors_zero

; A child that does what follows, as a process of its own.
section .text
align 16
blob_vectors:
    mov rbx, rdi
    mov rdi, [rbx + TASK_value]
    mov rsi, [rbx + TASK_address]
    mov rdx, rdi
    and edx, 1
    call vectors_hold
    mov rdi, rax
    kernel process_exit

; u64 vectors_hold(u64 pattern, u64 rounds, u64 yields): holds the pattern for so many rounds, each
; of them a busy loop long enough to be interrupted or, with yields, a yield. Returns the number of
; registers that were found changed.
global vectors_hold
vectors_hold:
    push rbx
    push r12
    push r13
    push r14
    sub rsp, 24
    stmxcsr [rsp + 8]
    fnstcw [rsp + 12]
    xor ebx, ebx
    mov r12, rdi
    mov r13, rsi
    mov r14, rdx
    control_make
    ldmxcsr [rsp]
    fldcw [rsp + 4]
    mov [rsp + 16], rdi
    fild qword [rsp + 16]
    xmm_fill
.round:
    test r14, r14
    jz .busy
    kernel thread_yield
    jmp .look
.busy:
    mov ecx, 20000
.turn:
    dec ecx
    jnz .turn
.look:
    mov rdi, r12
    xmm_verify
    control_make
    mov ecx, [rsp]
    stmxcsr [rsp]
    xor ecx, [rsp]
    and ecx, 0xffc0
    fnstcw [rsp]
    movzx eax, word [rsp]
    xor eax, [rsp + 4]
    or ecx, eax
    setne al
    movzx eax, al
    add rbx, rax
    fist dword [rsp]
    movsx rax, dword [rsp]
    movsxd rdx, r12d
    cmp eax, edx
    setne al
    movzx eax, al
    add rbx, rax
    dec r13
    jnz .round
    fstp st0
    ldmxcsr [rsp + 8]
    fldcw [rsp + 12]
    mov rax, rbx
    add rsp, 24
    pop r14
    pop r13
    pop r12
    pop rbx
    ret

endblob vectors

; bool cpu_has_avx(void): CPUID says so, and XCR0 says that the kernel keeps the registers.
global cpu_has_avx
cpu_has_avx:
    push rbx
    mov eax, 1
    xor ecx, ecx
    cpuid
    and ecx, 0x18000000
    xor eax, eax
    cmp ecx, 0x18000000
    jne .end
    xor ecx, ecx
    xgetbv
    and eax, 6
    cmp eax, 6
    sete al
    movzx eax, al
.end:
    pop rbx
    ret

; u64 ymm_hold(u64 pattern, u64 rounds): the same for the upper halves of YMM0-3, by yields.
global ymm_hold
ymm_hold:
    push rbx
    push r12
    push r13
    mov r12, rdi
    mov r13, rsi
    xor ebx, ebx
    %assign i 0
    %rep 4
        lea rax, [r12 + i]
        vmovq xmm%+i, rax
        vpshufd xmm%+i, xmm%+i, 0x44
        vinsertf128 ymm%+i, ymm%+i, xmm%+i, 1
        %assign i i + 1
    %endrep
.round:
    kernel thread_yield
    %assign i 0
    %rep 4
        vextractf128 xmm4, ymm%+i, 1
        vmovq rax, xmm4
        lea rdx, [r12 + i]
        cmp rax, rdx
        setne al
        movzx eax, al
        add rbx, rax
        %assign i i + 1
    %endrep
    dec r13
    jnz .round
    vzeroupper
    mov rax, rbx
    pop r13
    pop r12
    pop rbx
    ret
