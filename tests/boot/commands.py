"""gdb commands that show the kernel's objects; `make debug` loads them.

    vasco-threads              every thread: its state, where it stands, what it waits for
    vasco-views [PROCESS]      the views of a process, or of each
    vasco-vas [VAS]            what a VAS holds, and who has it attached
    vasco-caps OBJECT          who holds capabilities to an object, and from which they were derived
    vasco-trace [CPU [EVENTS]] what a CPU did last, if it is traced

PROCESS, VAS and OBJECT are ids or names. The machine must stand still with the kernel's lists whole,
as at the beginning of a function.
"""

import gdb

NAME_BYTES = 16


def number(expression):
    """The value of an expression in the kernel's C."""
    return int(gdb.parse_and_eval(expression))


def enum(name, prefix):
    """The words of an enum by their values, without what all of them begin with."""
    fields = gdb.lookup_type(f"enum {name}").fields()
    return {int(f.enumval): f.name[len(prefix):] for f in fields if f.name.startswith(prefix)}


def container(pointer, kind, member):
    """The structure whose member it points to."""
    offset = number(f"(unsigned long)&((struct {kind} *)0)->{member}")
    address = int(pointer) - offset
    return gdb.Value(address).cast(gdb.lookup_type(f"struct {kind}").pointer()).dereference()


def items(head, kind, member):
    """The structures on a list."""
    node = head["next"]
    while int(node) not in (0, int(head.address)):  # 0: not initialised yet
        yield container(node, kind, member)
        node = node["next"]


def text(name):
    """A struct name as a string."""
    characters = [int(name["text"][i]) & 0xff for i in range(NAME_BYTES)]
    return bytes(characters).split(b"\0")[0].decode("ascii", "replace")


def label(o):
    """Name and id of an object."""
    return f"'{text(o['name'])}' ({int(o['id'])})"


def objects(pool=None):
    """Every object, pool by pool."""
    pool = pool or gdb.parse_and_eval("pool_root")
    pools = number("OBJECT_POOL")
    for o in items(pool["pool"]["members"], "object", "in_pool"):
        yield o
        if int(o["type"]) == pools:
            yield from objects(container(o.address, "pool_object", "object"))


def of_type(word, kind, wanted=""):
    """The objects of a type; only those that have the wanted id or name."""
    value = number(f"OBJECT_{word}")
    for o in objects():
        if int(o["type"]) == value and wanted in ("", str(int(o["id"])), text(o["name"])):
            yield container(o.address, kind, "object")


def access(value):
    """Rights of access as three letters."""
    return "".join(c if int(value) >> i & 1 else "-" for i, c in enumerate("rwx"))


def cpus():
    """The records of all CPUs."""
    table = gdb.parse_and_eval("cpus")
    return [table[i].dereference() for i in range(number("cpu_count"))]


def view_label(view):
    """A view by its VAS."""
    return "home" if int(view["vas"]) == 0 else label(view["vas"]["object"])


class Command(gdb.Command):
    """A command that is called with words."""

    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_STATUS)
        self.name = name

    def invoke(self, argument, _from_tty):
        """What gdb calls."""
        self.show(*gdb.string_to_argv(argument))


class Threads(Command):
    """Every thread: its state, where it stands, what it waits for."""

    def show(self):
        """One line for each."""
        states = enum("thread_state", "THREAD_")
        running = {int(cpu["thread"]): cpu for cpu in cpus()}
        for process in of_type("PROCESS", "process"):
            for thread in items(process["threads"], "thread", "in_process"):
                self.line(process, thread, states, running.get(int(thread.address)))

    def line(self, process, thread, states, cpu):
        """One thread; that of a CPU stands where the CPU does."""
        view = thread["view"].dereference() if cpu is None else \
            container(cpu["view"], "view", "mmu")
        waits = thread["waiting_for"]
        told = f", waits for {label(waits.dereference())}" if int(waits) != 0 else ""
        print(f"thread {int(thread['object']['id'])} of {label(process['object'])}: "
              f"{states[int(thread['state'])].lower()}, CPU {int(thread['cpu']['id']['v'])}, "
              f"priority {int(thread['priority'])}, in {view_label(view)}{told}")


class Views(Command):
    """The views of a process, or of each."""

    def show(self, wanted=""):
        """One line for each view."""
        for process in of_type("PROCESS", "process", wanted):
            print(f"process {label(process['object'])}")
            for view in items(process["views"], "view", "in_process"):
                print(f"  view {int(view['handle']):#x}: {view_label(view)}, "
                      f"{access(view['access'])}, root {int(view['mmu']['root']['v']):#x}"
                      f"{', gone' if view['gone'] else ''}")
            self.links(process["home"])

    def links(self, space):
        """The segments of a space."""
        for link in items(space["links"], "link", "in_space"):
            seg = link["seg"].dereference()
            base = int(seg["range"]["base"]["v"])
            filled = [int(seg["npages"][level]) << 9 * level for level in range(3)]
            print(f"    {base:#x} to {base + int(seg['nbytes']):#x} {access(link['access'])} "
                  f"{label(seg['object'])}, {sum(filled)} of {int(seg['range']['npages'])} pages")


class Vas(Views):
    """What a VAS holds, and who has it attached."""

    def show(self, wanted=""):
        """Its segments and its views."""
        for vas in of_type("VAS", "vas", wanted):
            print(f"VAS {label(vas['object'])}, generation {int(vas['space']['generation'])}")
            self.links(vas["space"])
            for view in items(vas["space"]["views"], "view", "in_space[1]"):
                print(f"    attached to {label(view['process']['object'])}, "
                      f"{access(view['access'])}, view {int(view['handle']):#x}")


class Caps(Command):
    """Who holds capabilities to an object, and from which they were derived."""

    def show(self, wanted=None):
        """The trees of all objects of this id or name."""
        if wanted is None:
            raise gdb.GdbError("which object? Its id, or its name")
        pages = {}
        for process in of_type("PROCESS", "process"):
            table = process["caps"]
            for i in range(int(table["npages"])):
                pages[int(table["pages"][i])] = process
        types = enum("object_type", "OBJECT_")
        for o in objects():
            if wanted in (str(int(o["id"])), text(o["name"])):
                print(f"{types.get(int(o['type']), '?').lower()} {label(o)}")
                self.siblings(o["caps"], pages, "  ")

    def siblings(self, cap, pages, indent):
        """A row of children with their own."""
        while int(cap) != 0:
            rights = f"rights {int(cap['rights']) & 0xfff:#x}"
            print(f"{indent}{self.holder(cap, pages)}, {rights}, badge {int(cap['badge']):#x}")
            self.siblings(cap["children"], pages, indent + "  ")
            cap = cap["next"]

    def holder(self, cap, pages):
        """Where a capability is: in a table, or inside what it ties."""
        process = pages.get(int(cap) & ~0xfff)
        if process is not None:
            return f"{int(cap['handle']):#x} in {label(process['object'])}"
        if int(cap["type"]) == number("OBJECT_TYPES"):
            link = container(cap, "link", "cap")
            return f"a link of {label(link['seg']['object'])}"
        return "inside its object"


class Trace(Command):
    """What a CPU did last, if it is traced."""

    def show(self, cpu="0", count="20"):
        """One line for each event."""
        ring = cpus()[int(cpu)]["trace"] if int(cpu) < len(cpus()) else 0
        if int(ring) == 0:
            raise gdb.GdbError("it is not traced: boot with the option `trace`")
        kinds, calls = enum("trace_kind", "TRACE_"), enum("syscall_number", "SYSCALL_")
        end = int(ring["next"])
        frame_events = 4096 // gdb.lookup_type("struct trace_event").sizeof
        capacity = int(ring["nframes"]) * frame_events
        for sequence in range(max(0, end - capacity, end - int(count)), end):
            at = sequence % capacity
            event = ring["frames"][at // frame_events][at % frame_events]
            self.line(event, kinds, calls)

    def line(self, event, kinds, calls):
        """One event."""
        kind = kinds.get(int(event["kind"]), "?")
        values = [int(event["values"][i]) for i in range(4)]
        if kind in ("THREAD", "VIEW"):
            raw = values[1].to_bytes(8, "little") + values[2].to_bytes(8, "little")
            told = f"'{raw.split(bytes(1))[0].decode('ascii', 'replace')}' ({values[0]})"
        elif kind == "CALL":
            told = f"{calls.get(int(event['number']), '?')} {' '.join(map(hex, values))}"
        elif kind == "RETURN":
            told = str(values[0] - (values[0] >> 63 << 64))
        else:
            told = f"{int(event['number'])} {' '.join(map(hex, values))}"
        print(f"{int(event['time']):12} thread {int(event['thread'])} {kind.lower()} {told}")


Threads("vasco-threads")
Views("vasco-views")
Vas("vasco-vas")
Caps("vasco-caps")
Trace("vasco-trace")
