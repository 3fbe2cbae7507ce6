"""The tables of kernel/abi: system calls, status codes, objects with their rights, structures."""

import errno
import os
import re
from collections import namedtuple

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
STRING = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'

Call = namedtuple("Call", "number name parameters summary rights errors blocks")
Status = namedtuple("Status", "value meaning")
Object = namedtuple("Object", "type word rights")
Right = namedtuple("Right", "name bit meaning")


def read(path):
    """A file of the tree, by its path from the root."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def table(name):
    """The text of a table without comments."""
    return re.sub(r"/\*.*?\*/", "", read(f"kernel/abi/{name}"), flags=re.S)


def text(literal):
    """The value of adjacent C string literals."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal))


def calls():
    """The system calls, in order of number."""
    strings = rf",\s*{STRING}" * 4
    pattern = rf"SYSCALL\((\d+), (\w+),\s*(\([^)]*\)){strings}\)"
    found = []
    for number, name, parameters, *words in re.findall(pattern, table("syscalls.def")):
        parameters = re.sub(r"\s+", " ", parameters).replace("abi_u64", "uint64_t")
        found.append(Call(int(number), name, parameters, *map(text, words)))
    return found


def statuses():
    """The status codes by name."""
    rows = re.findall(rf"STATUS\((\w+), (-?\d+), {STRING}\)", table("status.def"))
    return {name: Status(int(value), text(meaning)) for name, value, meaning in rows}


def objects():
    """The object types with the rights that only they have."""
    source = table("objects.def")
    rows = re.findall(rf"^RIGHT\((\w+), (\w+), (\d+), {STRING}\)", source, re.M)
    found = []
    for kind, word in re.findall(r'^OBJECT\((\w+), "([^"]+)"\)', source, re.M):
        rights = [Right(name, int(bit), text(meaning))
                  for owner, name, bit, meaning in rows if owner == kind]
        found.append(Object(kind, word, rights))
    return found


def common_rights():
    """The rights that every type has."""
    rows = re.findall(rf"COMMON_RIGHT\((\w+), (\d+), {STRING}\)", table("objects.def"))
    return [Right(name, int(bit), text(meaning)) for name, bit, meaning in rows]


def structures():
    """The definitions of abi/types.h: "struct vas_info" and so on, with their comments inside."""
    source = read("kernel/abi/types.h")
    found = re.findall(r"^((struct|enum) \w+) \{\n(.*?)^\};", source, re.M | re.S)
    return {name: f"{name} {{\n{body}}};" for name, _, body in found}


def errnos():
    """The errors of POSIX by name, as the C library of this machine puts them into words."""
    return {name: Status(number, os.strerror(number).lower())
            for name, number in vars(errno).items() if name.startswith("E")}
