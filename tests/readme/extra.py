"""Programs outside the tree, as EXTRA= builds them: tests/extra, copied to another place."""

import os
import shutil

# What user/extra says of folders in which there is no program, or one that cannot be: the files that
# are there, the folder that is named, and words of the message.
REFUSED = [
    ([], "missing", "there is no such folder"),
    (["empty/words.txt"], "empty", "there is no folder with C files in it"),
    (["direct/main.c"], "direct", "move main.c to"),
    (["clash/tour/main.c"], "clash", "there is a program 'tour' already"),
    (["named/a.b/main.c"], "named", "'a.b' cannot be a program's name"),
    (["two words/x/main.c"], "two words", "a path without blanks"),
]
# What new-program says of names, and with which exit status.
NAMES = [("a/b", "cannot be a program's name"), ("tour", "has a program 'tour' already"),
         ("taken", "stays as it is")]


def write(path, text):
    """A file, in a folder that is made for it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def has(path, words):
    """Whether a file of a program holds these words."""
    with open(path, "rb") as file:
        return words.encode() in file.read()


def check_refused(tap, run, folder):
    """What cannot be built is told, and why."""
    for files, name, words in REFUSED:
        for file in files:
            write(f"{folder}/refused/{file}", "int main(void) { return 0; }\n")
        status, output = run(f"make -n EXTRA='{folder}/refused/{name}'")
        tap.check(f"EXTRA={name}: {words}", status != 0 and words in output, output)
    write(f"{folder}/refused/taken/main.c", "")
    for name, words in NAMES:
        status, output = run(f"./new-program {name} {folder}/refused")
        tap.check(f"new-program {name}: {words}", status != 0 and words in output, output)


def check_errands(tap, run, folder):
    """Two programs in one folder, named by its absolute path: folders in a folder, assembly, files for
    the archive; and warnings, which stop nobody."""
    shutil.copytree("tests/extra", f"{folder}/elsewhere")
    status, output = run(f"make run EXTRA={folder}/elsewhere/ RUN=errands,careless")
    with open("tests/extra/expected", encoding="utf-8") as file:
        expected = file.read()
    tap.check("programs outside of the tree build and end well", status == 0, output)
    tap.check("they print what they must", expected in output, output)
    tap.check("gcc has warned of the careless one", "unused variable" in output, output)


def check_changes(tap, run, folder, tree):
    """A header that changes, a program of the same name from another folder: both are built anew."""
    target, elf = "build/user/errands.elf", f"{tree}/build/user/errands.elf"
    header = f"{folder}/elsewhere/errands/list/list.h"
    with open(header, encoding="utf-8") as file:
        text = file.read()
    write(header, text.replace('"bought"', '"fetched"'))
    status, output = run(f"make {target} EXTRA={folder}/elsewhere")
    tap.check("a changed header is heard of", status == 0 and has(elf, "fetched"), output)
    write(f"{folder}/other/errands/main.c", '#include <stdio.h>\n'
          'int main(void) { return puts("another one") < 0; }\n')
    os.utime(f"{folder}/other/errands/main.c", (0, 0))
    status, output = run(f"make {target} EXTRA=../other")
    tap.check("so is a program of that name elsewhere", status == 0 and has(elf, "another one"),
              output)


def check(tap, run, folder):
    """All of it. `run` runs a command in the tree, which is folder/vasco."""
    check_errands(tap, run, folder)
    check_changes(tap, run, folder, f"{folder}/vasco")
    check_refused(tap, run, folder)
