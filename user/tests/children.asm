; What the children of tests do when they commit no crime; child.h says what a task is.
%include "code.inc"

; Exits with the word at the task's address.
blob load
    enter_view
    mov rax, [rbx + TASK_address]
    mov rdi, [rax]
    kernel process_exit
endblob load

; Writes the task's value to its address.
blob store
    enter_view
    mov rax, [rbx + TASK_address]
    mov rcx, [rbx + TASK_value]
    mov [rax], rcx
    exit 0
endblob store

; Goes to the task's address, RDI as at the start.
blob jump
    enter_view
    mov rdi, rbx
    mov rax, [rbx + TASK_address]
    jmp rax
endblob jump

; Exits with the sum over a list of {next, value} that begins at the task's address.
blob list_sum
    enter_view
    mov rax, [rbx + TASK_address]
    xor edi, edi
.next:
    test rax, rax
    jz .end
    add rdi, [rax + 8]
    mov rax, [rax]
    jmp .next
.end:
    kernel process_exit
endblob list_sum

; Stays in the task's view until somebody else ends it, counting in the task's result.
blob stay
    enter_view
.again:
    inc qword [rbx + TASK_result]
    kernel thread_yield
    jmp .again
endblob stay

; Never gives up the CPU of itself.
blob spin
    jmp blob_spin
endblob spin

; Counts in the word at the task's address, without a call.
blob count
    enter_view
    mov rax, [rbx + TASK_address]
.again:
    inc qword [rax]
    jmp .again
endblob count

; Sleeps for the task's value, in nanoseconds.
blob sleep
    enter_view
    mov rdi, [rbx + TASK_value]
    kernel thread_sleep
    exit 0
endblob sleep

; Exits with the task's value.
blob exit_with
    mov rdi, [rdi + TASK_value]
    kernel process_exit
endblob exit_with

; Ends its thread, not its process.
blob thread_end
    mov rdi, [rdi + TASK_value]
    kernel thread_exit
endblob thread_end

; Makes a call with a number that the kernel does not know, and exits with what it says.
blob unknown_call
    mov rax, [rdi + TASK_value]
    syscall
    mov rdi, rax
    kernel process_exit
endblob unknown_call

; Destroys its own process, through HANDLE_SELF.
blob destroy_self
    mov rdi, HANDLE_SELF_NUMBER
    kernel object_destroy
    exit 0
endblob destroy_self

; Detaches the segment that the task's value names from its own home, then uses its stack.
blob detach_own
    mov rsi, [rdi + TASK_value]
    mov rdi, HANDLE_SELF_NUMBER
    kernel seg_detach
    push rax
    exit 0
endblob detach_own

; Makes the call with the task's value as its number, with the six words at TASK_arguments, over and
; over. Counts in the task's result those that succeed; what a refused one says is then the task's
; address.
blob calls
    mov rbx, rdi
.again:
    mov rdi, [rbx + TASK_arguments]
    mov rsi, [rbx + TASK_arguments + 8]
    mov rdx, [rbx + TASK_arguments + 16]
    mov r10, [rbx + TASK_arguments + 24]
    mov r8, [rbx + TASK_arguments + 32]
    mov r9, [rbx + TASK_arguments + 40]
    mov rax, [rbx + TASK_value]
    syscall
    test rax, rax
    js .refused
    inc qword [rbx + TASK_result]
    jmp .pause
.refused:
    mov [rbx + TASK_address], rax
.pause:
    kernel thread_yield
    jmp .again
endblob calls

; Makes the call of the task's value once, in the task's view, and exits with what it returns.
blob call_once
    enter_view
    mov rdi, [rbx + TASK_arguments]
    mov rsi, [rbx + TASK_arguments + 8]
    mov rdx, [rbx + TASK_arguments + 16]
    mov r10, [rbx + TASK_arguments + 24]
    mov r8, [rbx + TASK_arguments + 32]
    mov r9, [rbx + TASK_arguments + 40]
    mov rax, [rbx + TASK_value]
    syscall
    mov rdi, rax
    kernel process_exit
endblob call_once

; Receives at the endpoint of the task's value, adds one to the first word and answers, over and
; over; the handle that came along is then the task's result. The task's address says what else to
; do: 1: it answers nothing and stays; 2: it answers nothing and exits.
blob serve
    mov rbx, rdi
.again:
    mov rdi, [rbx + TASK_value]
    lea rbp, [rbx + TASK_message]
    mov rsi, MESSAGE_buffer
    kernel endpoint_receive
    test rax, rax
    jnz .end
    shr rsi, 32                 ; how many capabilities
    jz .none
    mov rsi, [rbp + MESSAGE_cap]
.none:
    mov [rbx + TASK_result], rsi
    cmp qword [rbx + TASK_address], 1
    je .hold
    ja .end
    inc rdx
    mov esi, 1
    kernel endpoint_reply
    jmp .again
.hold:
    mov rdi, -1
    kernel thread_sleep
    jmp .hold
.end:
    mov rdi, rax
    kernel process_exit
endblob serve

; Calls the endpoint of the task's value, and exits with the status or else with the first word of
; the answer.
blob call
    mov rbx, rdi
    mov rdi, [rbx + TASK_value]
    lea rbp, [rbx + TASK_message]
    mov rsi, MESSAGE_buffer
    or rsi, [rbp]
    mov rdx, [rbp + MESSAGE_words]
    kernel endpoint_call
    mov rdi, rax
    test rax, rax
    jnz .end
    mov rdi, rdx
.end:
    kernel process_exit
endblob call

; Goes from home to the task's view and back, counting in the task's result.
blob travel
    mov rbx, rdi
    mov r12, HANDLE_HOME_NUMBER
.again:
    mov rdi, [rbx + TASK_view]
    kernel vas_switch
    mov rdi, r12
    kernel vas_switch
    inc qword [rbx + TASK_result]
    jmp .again
endblob travel

; Faults over and over, with a handler that goes on behind the fault and counts in the task's
; result.
blob faults
    mov rbx, rdi
    lea rdi, [rel .handler]
    lea rsi, [rbx + TASK_fault_stack]
    kernel thread_set_handler
.again:
    ud2
    jmp .again
.handler:
    mov rbx, rdi
    and rbx, -4096
    inc qword [rbx + TASK_result]
    add qword [rdi + REPORT_rip], 2
    lea rsi, [rel .handler]
    lea rdx, [rbx + TASK_fault_stack]
    kernel thread_resume
endblob faults

; Makes a gate into the task's view, with three stacks, sends it to the endpoint of the task's value
; and leaves it to those who call. The numbers of its calls are among the task's arguments
; (gate_owner.h). What a call is to do stands in RSI; each counts in the task's result.
CHILD_STACK equ 0x600000
CHILD_TASK equ 0x800000
NUMBER_gate_create equ TASK_arguments
NUMBER_gate_add_stack equ TASK_arguments + 8
NUMBER_gate_call equ TASK_arguments + 16
NUMBER_gate_return equ TASK_arguments + 24
GATE_NSTACKS equ 3
GATE_STACK_BYTES equ 1024
GATE_STACK_TLS equ 0x10000             ; times the number of the stack

%macro number 1
    mov rax, [abs qword CHILD_TASK + NUMBER_%1]
    syscall
%endmacro

blob gate_owner
    mov rbx, rdi
    mov rdi, [rbx + TASK_view]
    lea rsi, [rel .entry]
    mov edx, 'g'
    xor r10d, r10d
    xor r8d, r8d
    number gate_create
    mov r12, rax
    mov r13d, GATE_NSTACKS
.stack:
    mov rdi, r12
    imul rsi, r13, GATE_STACK_BYTES
    add rsi, CHILD_STACK - 8
    imul rdx, r13, GATE_STACK_TLS
    number gate_add_stack
    dec r13
    jnz .stack
    mov rcx, 1 << 32                    ; one capability
    lea rbp, [rbx + TASK_message]
    mov [rbp], rcx
    mov [rbp + MESSAGE_cap], r12
    mov qword [rbp + MESSAGE_cap + 8], -1
    mov rsi, MESSAGE_buffer
    or rsi, rcx
    mov rdi, [rbx + TASK_value]
    kernel endpoint_call
.sleep:
    mov rdi, -1
    kernel thread_sleep
    jmp .sleep

.entry:
    lock inc qword [abs CHILD_TASK + TASK_result]
    cmp rsi, 4
    ja .switch
    je .nest
    cmp rsi, 2
    ja .call
    je .fault
    test rsi, rsi
    jnz .spin
    mov r9, rdx                         ; returns what it finds, FS base if RDX asks for it
    test r9, r9
    jz .base
    rdfsbase r9
.base:
    mov rsi, rdi
    mov rdx, rax
    mov r8, rsp
.return:
    number gate_return
.spin:
    jmp .spin
.fault:
    mov [abs 8], rax
.call:                                  ; of number RDX, with R8, R9 and -1
    mov rax, rdx
    mov rdi, r8
    mov rsi, r9
    mov rdx, -1
    xor r10d, r10d
    xor r8d, r8d
    syscall
    mov rsi, rax
    jmp .return
.nest:                                  ; through the gate RDX, which is to do R8 with R9
    mov rdi, rdx
    mov rsi, r8
    mov rdx, r9
    mov r8, -1
    number gate_call
    mov rdx, rsi
    mov rsi, rax
    jmp .return
.switch:                                ; to the view RDX, and there R8
    push rsi
    mov r12, r8
    mov rdi, rdx
    kernel vas_switch
    pop rsi
    mov rdx, rsi
    mov rsi, r12
    cmp rsi, 2
    je .fault
    cmp rsi, 1
    je .spin
    ja .sleep
    mov rsi, rax
    jmp .return
endblob gate_owner
