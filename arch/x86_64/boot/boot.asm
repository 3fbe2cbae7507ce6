; From the boot loader to C: Multiboot2 (specification 2.0, section 3.2) starts us in 32-bit
; protected mode without paging, EAX = magic, EBX = physical address of the information.
;
; The early tables show the first 4 GiB at 0 and in the physical window, and the image in the top
; 2 GiB, all writable and executable; screen.c adds the screen. boot_memory replaces them. Other
; CPUs (start.asm) come by them too, then boot_start_cpus clears them.
;
; .boot is linked at its physical address and not mapped later; the rest is linked high.

%include "offsets.inc"

PRESENT_WRITE equ 0x3
PRESENT_WRITE_LARGE equ 0x83
EFER_LONG_MODE equ 1 << 8
CR4_PAE equ 1 << 5
CR0_PAGING equ 1 << 31
MSR_EFER equ 0xc0000080
CPUID_LONG_MODE equ 29
EARLY_STACK_BYTES equ 16384

%define PHYS(symbol) (symbol - IMAGE_WINDOW)

extern kernel_main

; --------------------------------------------------------------------------------------------------
; The header, in the first 32 KiB of the file.
; --------------------------------------------------------------------------------------------------

section .boot progbits alloc exec nowrite align=8

HEADER_MAGIC equ 0xe85250d6
HEADER_BYTES equ header_end - header

align 8
header:
    dd      HEADER_MAGIC, 0, HEADER_BYTES, -(HEADER_MAGIC + HEADER_BYTES)
.request:                               ; information request: the memory map
    dw      1, 0
    dd      .request_end - .request
    dd      6
.request_end:
align 8
.wish:                                  ; the same, but we can do without: ACPI, old and new
    dw      1, 1
    dd      .wish_end - .wish
    dd      14, 15
.wish_end:
align 8
    dw      5, 1                        ; a screen of pixels, if there can be one: of any size,
    dd      20                          ; and if the machine has no text mode
    dd      0, 0, 0
align 8
    dw      6, 0                        ; modules on page boundaries
    dd      8
    dw      0, 0                        ; end
    dd      8
header_end:

; --------------------------------------------------------------------------------------------------
; 32-bit
; --------------------------------------------------------------------------------------------------

bits 32

global boot_entry
boot_entry:
    cld
    mov     esp, PHYS(early_stack_end)
    mov     ebp, eax
    mov     eax, 0x80000000
    push    ebx
    cpuid
    pop     ebx
    cmp     eax, 0x80000001
    jb      no_long_mode
    push    ebx
    mov     eax, 0x80000001
    cpuid
    pop     ebx
    bt      edx, CPUID_LONG_MODE
    jnc     no_long_mode

    mov     edi, PHYS(early_pds)        ; 2048 pages of 2 MiB
    mov     eax, PRESENT_WRITE_LARGE
    mov     ecx, 4 * 512
.page:
    mov     [edi], eax
    add     edi, 8
    add     eax, 0x200000
    loop    .page

    mov     edi, PHYS(early_pdpt)
    mov     eax, PHYS(early_pds) + PRESENT_WRITE
    mov     ecx, 4
.directory:
    mov     [edi], eax
    add     edi, 8
    add     eax, 0x1000
    loop    .directory

    mov     dword [PHYS(early_pdpt_image) + 510 * 8], PHYS(early_pds) + PRESENT_WRITE
    mov     dword [PHYS(early_pdpt_image) + 511 * 8], PHYS(early_pds) + 0x1000 + PRESENT_WRITE
    mov     dword [PHYS(early_pml4)], PHYS(early_pdpt) + PRESENT_WRITE
    mov     dword [PHYS(early_pml4) + 256 * 8], PHYS(early_pdpt) + PRESENT_WRITE
    mov     dword [PHYS(early_pml4) + 511 * 8], PHYS(early_pdpt_image) + PRESENT_WRITE

    mov     esi, PHYS(kernel_main)
; To 64 bits and the function at ESI, on the early stack, with two 32-bit arguments: EBP, EBX.
global enter_64
enter_64:
    mov     eax, CR4_PAE                ; SDM 3A 10.8.5: PAE, CR3, LME, PG
    mov     cr4, eax
    mov     eax, PHYS(early_pml4)
    mov     cr3, eax
    mov     ecx, MSR_EFER
    rdmsr
    or      eax, EFER_LONG_MODE
    wrmsr
    mov     eax, cr0
    or      eax, CR0_PAGING
    mov     cr0, eax
    lgdt    [PHYS(early_gdt_pointer)]
    jmp     SELECTOR_KERNEL_CODE:entry_64

; No paging, no C: say it on the serial port and on the screen of a PC with a BIOS.
no_long_mode:
    mov     esi, .text
    mov     edi, 0xb8000
.next:
    lodsb
    test    al, al
    jz      .stop
    mov     ah, 0x0f
    stosw
    mov     dx, 0x3f8
    out     dx, al
    jmp     .next
.stop:
    cli
    hlt
    jmp     .stop
.text:
    db      "Vasco needs a 64-bit CPU (x86-64).", 13, 10, 0

; --------------------------------------------------------------------------------------------------
; 64-bit, first low, then high
; --------------------------------------------------------------------------------------------------

bits 64

entry_64:
    mov     eax, esi                    ; the upper half of RSI may be anything
    mov     r14, IMAGE_WINDOW
    add     r14, rax
    mov     rax, entry_high
    jmp     rax

section .text

entry_high:
    lgdt    [rel early_gdt_pointer_high]
    mov     eax, SELECTOR_KERNEL_DATA
    mov     ss, eax
    xor     eax, eax
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     rsp, early_stack_end
    mov     edi, ebp                    ; magic
    mov     esi, ebx                    ; information
    xor     ebp, ebp                    ; ends a backtrace
    call    r14
    ud2

; boot_on_stack(stack_top, function)
global boot_on_stack
boot_on_stack:
    mov     rsp, rdi
    xor     ebp, ebp
    call    rsi
    ud2

; --------------------------------------------------------------------------------------------------
; Data
; --------------------------------------------------------------------------------------------------

; The accessed bits are set, since the CPU cannot set them in read-only memory.
section .rodata
align 8
global early_gdt, early_gdt_limit
early_gdt:
    dq      0
    dq      0x00af9b000000ffff          ; SELECTOR_KERNEL_CODE
    dq      0x00cf93000000ffff          ; SELECTOR_KERNEL_DATA
    dq      0x00cf9b000000ffff          ; 32-bit code, for start.asm
early_gdt_limit equ $ - early_gdt - 1
early_gdt_pointer:
    dw      early_gdt_limit
    dd      PHYS(early_gdt)
early_gdt_pointer_high:
    dw      early_gdt_limit
    dq      early_gdt

section .bss
global early_stack, early_stack_end, early_tables, early_tables_end, early_screen_tables
alignb 4096
early_tables:
early_pml4:         resb 4096
early_pdpt:         resb 4096
early_pdpt_image:   resb 4096
early_pds:          resb 4 * 4096
early_screen_tables: resb 2 * 4096
early_tables_end:
early_stack:        resb EARLY_STACK_BYTES
early_stack_end:
