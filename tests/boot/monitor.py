"""QEMU's monitor, at a socket (`monitor` in machine.py)."""

import socket

LIMIT = 60  # seconds


def ask(path, *commands):
    """What the monitor answers to each of the commands."""
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.settimeout(LIMIT)
        monitor.connect(path)

        def answer():
            data = b""
            while not data.endswith(b"(qemu) "):
                data += monitor.recv(1 << 16)
            return data.decode("ascii", "replace").replace("\r", "")

        answer()
        answers = []
        for command in commands:
            monitor.sendall(command.encode("ascii") + b"\n")
            answers.append(answer())
        return answers
