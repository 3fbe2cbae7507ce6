"""The machines on which the image is booted, so that each value of what a machine can be is met.

Boards (of 1996 and of 2009), firmware, media, CPUs from 1 to 8, memory from 128 MiB to 16 GiB with
and without a hole below 4 GiB. Every board meets every firmware, and each of these four every
medium; sizes and numbers of CPUs are spread over them. The product would be hundreds of boots.
"""

# machine, medium, CPUs, memory, from where up to 4 GiB there is none
BOOTS = [
    ("qemu", "cd", 1, "128M", None),
    ("qemu", "disk", 3, "5G", "1G"),
    ("qemu", "usb", 8, "16G", None),
    ("qemu-q35", "cd", 7, "6G", "2G"),
    ("qemu-q35", "disk", 2, "512M", None),
    ("qemu-q35", "usb", 1, "3G", None),
    ("qemu-uefi", "cd", 4, "16G", None),
    ("qemu-uefi", "disk", 5, "1G", None),
    ("qemu-uefi", "usb", 2, "256M", None),
    ("qemu-q35-uefi", "cd", 6, "2G", None),
    ("qemu-q35-uefi", "disk", 8, "128M", None),
    ("qemu-q35-uefi", "usb", 1, "8G", None),
]

# By column of BOOTS: what each must have.
VALUES = {
    0: ["qemu", "qemu-q35", "qemu-uefi", "qemu-q35-uefi"],
    1: ["cd", "disk", "usb"],
    2: [1, 2, 3, 4, 5, 6, 7, 8],
    3: ["128M", "256M", "512M", "1G", "2G", "3G", "8G", "16G"],
}
