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
