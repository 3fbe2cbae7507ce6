; What a program must not do. Each piece commits one crime; if it survives, it exits with status 0.
%include "code.inc"

; crime NAME, {instructions}: a crime of a few instructions.
%macro crime 2+
blob %1
    %2
    exit 0
endblob %1
%endmacro

; --- privileged instructions (SDM 3A 5.9) ---------------------------------------------------------
crime hlt, hlt
crime cli, cli
crime sti, sti
crime clts, clts
crime invd, invd
crime wbinvd, wbinvd
crime invlpg, invlpg [rdi]
crime swapgs, swapgs
crime sysret, o64 sysret
crime sysexit, o64 sysexit
crime rdmsr, rdmsr
crime wrmsr, wrmsr
crime rdpmc, rdpmc
crime read_cr0, mov rax, cr0
crime read_cr3, mov rax, cr3
crime write_cr3, mov cr3, rdi
crime write_cr4, mov cr4, rdi
crime write_cr8, mov cr8, rdi
crime read_dr7, mov rax, dr7
crime write_dr7, mov dr7, rdi
crime lmsw, lmsw ax
crime lgdt, lgdt [rdi]
crime lidt, lidt [rdi]
crime lldt, lldt ax
crime ltr, ltr ax
crime port_in, in al, 0x64
crime port_out, out 0xf4, al

blob xsetbv
    xor ecx, ecx
    xor edx, edx
    mov eax, 1
    xsetbv
    exit 0
endblob xsetbv

; --- software interrupts: their gates are the kernel's (SDM 3A 6.12.1.1) --------------------------
crime int_debug, int 1
crime int_nmi, int 2
crime int_double_fault, int 8
crime int_protection, int 13
crime int_page_fault, int 14
crime int_machine_check, int 18
crime int_timer, int 0x20
crime int_linux, int 0x80
crime int_spurious, int 0xff

; --- exceptions -----------------------------------------------------------------------------------
crime breakpoint, int3
crime overflow, int 4
crime icebp, db 0xf1
crime sysenter, sysenter
crime invalid_opcode, ud2
crime monitor, monitor

blob divide
    xor edx, edx
    xor ecx, ecx
    div rcx
    exit 0
endblob divide

blob divide_overflow
    mov rax, 0x8000000000000000
    cqo
    mov rcx, -1
    idiv rcx
    exit 0
endblob divide_overflow

; An unmasked division by zero of the x87, noticed by the next waiting instruction.
blob x87
    fninit
    push 0x0340
    fldcw [rsp]
    fld1
    fldz
    fdivp
    fwait
    exit 0
endblob x87

blob sse
    push 0x1d80
    ldmxcsr [rsp]
    mov eax, 1
    cvtsi2sd xmm0, eax
    xorpd xmm1, xmm1
    divsd xmm0, xmm1
    exit 0
endblob sse

; Unknown bits of MXCSR (SDM 1 10.2.3).
blob mxcsr
    push -1
    ldmxcsr [rsp]
    exit 0
endblob mxcsr

; Single steps: over an ordinary instruction, and over a system call.
%macro set_trap_flag 0
    pushfq
    or dword [rsp], 0x100
    popfq
%endmacro

blob step
    set_trap_flag
    nop
    exit 0
endblob step

blob step_syscall
    xor eax, eax
    set_trap_flag
    syscall
    nop
    exit 0
endblob step_syscall

; The trap flag, then MOV SS, which holds the trap back by one instruction (SDM 3A 6.8.3), then a
; system call: the trap is due inside the kernel.
blob step_over_mov_ss
    mov ecx, ss
    pushfq
    or dword [rsp], 0x100
    xor eax, eax
    popfq
    mov ss, ecx
    syscall
    nop
    exit 0
endblob step_over_mov_ss

; --- the edges of the address space ---------------------------------------------------------------
blob noncanonical_load
    mov rax, 0x0000800000000000
    mov rax, [rax]
    exit 0
endblob noncanonical_load

blob noncanonical_jump
    mov rax, 0x0000800000000000
    jmp rax
endblob noncanonical_jump

; A push through a stack pointer outside the canonical range is a stack fault (12).
blob noncanonical_push
    mov rsp, 0x0000800000001000
    push rax
    exit 0
endblob noncanonical_push

; Faults while the stack pointer is the kernel's: it must not be used, neither by the program nor by
; the kernel.
blob fault_on_kernel_stack
    mov rsp, 0xffffffff80101000
    ud2
endblob fault_on_kernel_stack

blob push_on_kernel_stack
    mov rsp, 0xffffffff80101000
    push rax
    exit 0
endblob push_on_kernel_stack

; --- segment registers ----------------------------------------------------------------------------
; A far return into ring 0, to a selector beyond the table, and IRETQ with a ring-0 stack.
blob return_to_ring_0
    lea rax, [rel .there]
    push 0x08
    push rax
    o64 retf
.there:
    exit 0
endblob return_to_ring_0

blob iret_to_ring_0
    lea rax, [rel .there]
    mov rcx, rsp
    push 0x10
    push rcx
    push 0x202
    push 0x08
    push rax
    iretq
.there:
    exit 0
endblob iret_to_ring_0

blob kernel_data_selector
    mov eax, 0x10
    mov ss, eax
    exit 0
endblob kernel_data_selector

blob selector_beyond_table
    mov eax, 0xfff3
    mov ds, eax
    exit 0
endblob selector_beyond_table

; --- what UMIP hides (SDM 3A 2.5) -----------------------------------------------------------------
crime umip_sgdt, sgdt [rsp - 32]
crime umip_sidt, sidt [rsp - 32]
crime umip_sldt, sldt eax
crime umip_smsw, smsw eax
crime umip_str, str eax
