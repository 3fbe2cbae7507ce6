; The first steps of every CPU but the first. INIT and a start-up interrupt (SDM 3A 8.4.4.1) set it
; to work in real mode, at the start of a page below 1 MiB, to which start.c has copied start_page.
; It goes on in the image, whose part .boot is linked where it lies in physical memory. Who finds no
; ticket there has come too late.

%include "offsets.inc"

SELECTOR_CODE_32 equ 0x18               ; of early_gdt
CR0_PROTECTION equ 1 << 0

%define PHYS(symbol) (symbol - IMAGE_WINDOW)

extern early_gdt, early_gdt_limit
extern enter_64
extern start_here
extern start_ticket

section .rodata

; CS is the page, the offsets are in it. INIT has left interrupts off.
bits 16
global start_page, start_page_end
start_page:
    cli
    mov     ax, cs
    mov     ds, ax
    o32 lgdt [.gdt - start_page]
    mov     eax, cr0                    ; SDM 3A 9.9.1
    or      al, CR0_PROTECTION
    mov     cr0, eax
    jmp     dword SELECTOR_CODE_32:start_32
.gdt:
    dw      early_gdt_limit
    dd      PHYS(early_gdt)
start_page_end:

section .boot progbits alloc exec nowrite

bits 32
start_32:
    mov     eax, SELECTOR_KERNEL_DATA
    mov     ds, eax
    mov     es, eax
    mov     ss, eax
    xor     eax, eax
    xchg    eax, [PHYS(start_ticket)]   ; locked, as always (SDM 2B)
    test    eax, eax
    jz      .late
    mov     esi, PHYS(start_here)
    jmp     enter_64
.late:
    hlt
    jmp     .late
