"""The run image: a tiny disk that steers GRUB on the ISO (see iso/grub.cfg)."""

import os
import subprocess

HEADS = 2
SECTORS = 16
CYLINDERS = 16  # Bochs wants to be told the shape of a disk: 256 KiB in all


def run_image(folder, run, options, screen="text"):
    """Make a FAT disk image that holds /vasco-run.cfg; return its path."""
    for text in (run, options, screen):
        if any(c in text for c in "'\"$;\\\n"):
            raise ValueError(f"boot options cannot hold quotes, $ or ; : {text}")
    config = os.path.join(folder, "vasco-run.cfg")
    image = os.path.join(folder, "run.img")
    with open(config, "w", encoding="ascii") as file:
        file.write(f'set run="{run}"\nset options="{options}"\nset screen={screen}\n')
    with open(image, "wb") as file:
        file.truncate(CYLINDERS * HEADS * SECTORS * 512)
    shape = ["-t", str(CYLINDERS), "-h", str(HEADS), "-s", str(SECTORS)]
    subprocess.run(["mformat", "-i", image, *shape, "::"], check=True)
    subprocess.run(["mcopy", "-i", image, config, "::/vasco-run.cfg"], check=True)
    return image
