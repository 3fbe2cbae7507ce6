"""The machines that Vasco is booted on: how each is started, and what its exit status means.

A machine has `start()`, which returns the process; `read()`, which returns serial bytes that have
arrived since (waiting at most a moment); and `judge(status)`, which turns the status of the process
into the kernel's exit code (0, 1 or 2), or None where the status says nothing.
"""

import os
import pty
import select
import subprocess
import threading

from media import CYLINDERS, HEADS, SECTORS

OVMF = os.environ.get("OVMF", "/usr/share/ovmf/OVMF.fd")
MOMENT = 0.05  # seconds


class Failure(Exception):
    """The machine cannot be had, or did not do what was asked."""


class Qemu:
    """QEMU, with the serial line on its standard output.

    The device isa-debug-exit ends it with status 2 * value + 1: 0x10, 0x11 and 0x12 stand for the
    exit codes 0 (success), 1 (failure) and 2 (panic). Switched off by ACPI it ends with 0.
    """

    CODES = {0: 0, 33: 0, 35: 1, 37: 2}
    exit_option = "exit=qemu"

    def __init__(self, args, run_image):
        self.args = args
        self.run_image = run_image
        self.process = None

    def command(self):
        """The command line of this machine."""
        args = self.args
        # Memory that is not reserved lets a small host run a large, mostly untouched guest.
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config"]
        command += [] if args.interactive else ["-no-reboot"]
        board = "q35" if "q35" in args.machine else "pc"
        hole = getattr(args, "hole", None)  # from where up to 4 GiB there is no memory
        below = f",max-ram-below-4g={hole}" if hole else ""
        command += ["-machine", f"{board},memory-backend=ram{below}"]
        command += ["-smp", str(args.cpus), "-m", args.memory]
        command += ["-object", f"memory-backend-ram,id=ram,size={args.memory},reserve=off"]
        command += getattr(args, "graphics", "-vga std").split()
        # A person's terminal is QEMU's monitor too: ^A x ends the machine, ^C goes to the guest.
        stdio = "mon:stdio" if args.interactive else "stdio"
        command += ["-display", "none", "-serial", getattr(args, "serial", stdio)]
        monitor = getattr(args, "monitor", None)  # the path of a socket
        command += ["-monitor", f"unix:{monitor},server=on,wait=off" if monitor else "none"]
        command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        command += self._accelerator()
        if "uefi" in args.machine:
            if not os.path.exists(OVMF):
                raise Failure(f"{OVMF} is missing: run ./setup, or set OVMF")
            command += ["-bios", OVMF]
        if args.media == "cd":
            drive = f"file={args.iso},format=raw,if=none,id=iso,media=cdrom,readonly=on"
            command += ["-drive", drive]
            command += ["-device", "ide-cd,drive=iso,bus=ide.0,unit=0,bootindex=0"]
        else:
            command += ["-drive", f"file={args.iso},format=raw,if=none,id=iso,snapshot=on"]
            command += ["-device", "ide-hd,drive=iso,bus=ide.0,unit=0,bootindex=0"]
            if args.media == "usb":
                command[-2:] = ["-device", "qemu-xhci", "-device", "usb-storage,drive=iso,bootindex=0"]
        if self.run_image:
            command += ["-drive", f"file={self.run_image},format=raw,if=none,id=run,snapshot=on"]
            command += ["-device", "ide-hd,drive=run,bus=ide.1,unit=0,bootindex=1"]
        plugin = getattr(args, "plugin", None)
        if plugin:
            command += ["-plugin", plugin]
        if args.gdb:
            where = "tcp::1234" if args.gdb is True else f"unix:{args.gdb},server=on,wait=off"
            command += ["-S", "-gdb", where]
        return command

    def _accelerator(self):
        accel = self.args.accel
        if accel == "kvm":
            if not os.access("/dev/kvm", os.R_OK | os.W_OK):
                raise Failure("/dev/kvm cannot be opened: no KVM here; use tcg or icount")
            return ["-accel", "kvm", "-cpu", self.args.cpu or "host"]
        # On one thread of the host the CPUs take turns, and who waits in a loop with PAUSE gives
        # its turn away. With threads of their own, of which the host runs only some, it does not.
        threads = ",thread=single" if accel == "turns" else ""
        command = ["-accel", f"tcg{threads}", "-cpu", self.args.cpu or "max"]
        if accel == "icount":
            # One instruction is one tick; the clock and every other input is fixed.
            command += ["-icount", "shift=0,sleep=off", "-seed", "1"]
            command += ["-rtc", "base=2024-01-01T00:00:00,clock=vm", "-net", "none"]
        return command

    def start(self):
        """Start it. It reads the keyboard only if this is a person's terminal, or what `type` says."""
        keyboard = None if self.args.interactive else subprocess.PIPE
        self.process = subprocess.Popen(
            self.command(),
            stdin=keyboard,
            stdout=subprocess.PIPE,
            start_new_session=keyboard is not None,
        )
        return self.process

    def type(self, data):
        """Have these bytes come in over the serial line; QEMU waits where the guest is slower."""
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read(self):
        """Serial bytes, or b'' if none came."""
        out = self.process.stdout
        if select.select([out], [], [], MOMENT)[0]:
            return os.read(out.fileno(), 65536)
        return b""

    def judge(self, status):
        """The exit code that a status stands for."""
        if status not in self.CODES:
            raise Failure(f"QEMU ended with status {status}, not one that the kernel asks for")
        return self.CODES[status]


class Bochs:
    """Bochs, on a pseudo-terminal of its own, with the serial line in a file.

    The packaged build starts in its debugger, hence a file with the one command `c`; the `term`
    display needs a terminal. Nothing is told by its exit status.
    """

    # Nothing is drawn: the terminal has been seen to keep its writer waiting for ever.
    exit_option = "exit=bochs screen=none"

    def __init__(self, args, run_image, folder):
        if args.media != "cd":
            raise Failure("Bochs boots the image as a CD only")
        self.args = args
        self.run_image = run_image
        self.folder = folder
        self.serial_path = os.path.join(folder, "serial")
        self.serial = None
        self.process = None

    def config(self):
        """The text of its configuration file."""
        args = self.args
        megabytes = megabytes_of(args.memory)
        model = args.cpu or "corei7_haswell_4770"
        share = os.environ.get("BXSHARE", "/usr/share/bochs")
        # With several CPUs Bochs does not skip the time in which all of them are halted, so a
        # second should have fewer instructions.
        ips = 100000000 if args.cpus == 1 else 15000000
        lines = [
            f"cpu: model={model}, count={args.cpus}, ips={ips}, reset_on_triple_fault=0",
            f"memory: guest={megabytes}, host={min(megabytes, 1024)}",
            f"romimage: file={share}/BIOS-bochs-latest",
            f"vgaromimage: file={share}/VGABIOS-lgpl-latest",
            "clock: sync=none, time0=1704067200",
            "display_library: term",
            "boot: cdrom",
            "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
            "ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15",
            f"ata0-master: type=cdrom, path={os.path.abspath(args.iso)}, status=inserted",
            f"com1: enabled=1, mode=file, dev={self.serial_path}",
            f"log: {self.folder}/bochs.log",
            "panic: action=fatal",
            "error: action=report",
            "info: action=ignore",
            "debug: action=ignore",
        ]
        if self.run_image:
            shape = f"cylinders={CYLINDERS}, heads={HEADS}, spt={SECTORS}"
            lines.append(f"ata1-master: type=disk, path={self.run_image}, mode=flat, {shape}")
        return "\n".join(lines) + "\n"

    def start(self):
        """Start it, with somebody to read what it draws on its terminal."""
        rc = os.path.join(self.folder, "bochsrc")
        commands = os.path.join(self.folder, "commands")
        with open(rc, "w", encoding="utf-8") as file:
            file.write(self.config())
        with open(commands, "w", encoding="ascii") as file:
            file.write("c\n")
        with open(self.serial_path, "wb"):
            pass
        self.serial = open(self.serial_path, "rb")
        master, slave = pty.openpty()
        self.process = subprocess.Popen(
            ["bochs", "-q", "-f", rc, "-rc", commands],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "vt100"},
        )
        os.close(slave)
        threading.Thread(target=drain, args=(master,), daemon=True).start()
        return self.process

    def read(self):
        """Serial bytes, or b'' if none came."""
        data = self.serial.read()
        if not data:
            select.select([], [], [], MOMENT)
        return data

    def judge(self, _status):
        """Its exit status says nothing."""
        return None

    def complaint(self):
        """The last lines of Bochs's own log."""
        try:
            path = os.path.join(self.folder, "bochs.log")
            with open(path, encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-8:])
        except OSError:
            return ""


def drain(terminal):
    """Read and forget what is drawn, so that the writer never has to wait."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass
    os.close(terminal)


def megabytes_of(size):
    """256M or 2G as a number of MiB."""
    units = {"M": 1, "G": 1024}
    if size[-1:] not in units or not size[:-1].isdigit():
        raise Failure(f"a size of memory is written like 256M or 2G, not {size}")
    return int(size[:-1]) * units[size[-1]]
